import { Cell, Composed } from '../indicators/composed.ts';
import { checkLength, checkValue } from '../indicators/indicator.ts';
import { RollingSum } from '../statistics/rolling-sum.ts';

/** ln(x/x₋₁); undefined for the first value. @throws InvalidInputError for a value that is not positive. */
export class LogReturn extends Composed<number> {
  readonly #before = this.part(new Cell());

  update(value: number): number | undefined {
    const log = checkValue(Math.log(value));
    const before = this.#before.value;
    this.#before.value = log;
    return before === undefined ? undefined : log - before;
  }
}

/** Realised variance: the sum of the last n squared log returns; starts n. */
export class RealizedVariance extends Composed<number> {
  readonly #returns: LogReturn;
  readonly #squares: RollingSum;

  constructor(n: number) {
    super();
    this.#returns = this.part(new LogReturn());
    this.#squares = this.part(new RollingSum(checkLength(n)));
  }

  update(value: number): number | undefined {
    const latest = this.#returns.update(value);
    if (latest === undefined) return undefined;
    this.#squares.add(latest * latest);
    return this.#squares.full ? Math.max(0, this.#squares.sum) : undefined;
  }
}

/**
 * Bipower variation (Barndorff-Nielsen and Shephard 2004): (π/2)·Σ|r||r₋₁| over the n − 1 neighbours among the last n
 * log returns, a variance that single jumps hardly enter; starts n.
 */
export class BipowerVariation extends Composed<number> {
  readonly #returns: LogReturn;
  readonly #before: Cell;
  readonly #products: RollingSum;

  constructor(n: number) {
    super();
    this.#returns = this.part(new LogReturn());
    this.#before = this.part(new Cell());
    this.#products = this.part(new RollingSum(checkLength(n, 2) - 1));
  }

  update(value: number): number | undefined {
    const latest = this.#returns.update(value);
    if (latest === undefined) return undefined;
    const before = this.#before.value;
    this.#before.value = Math.abs(latest);
    if (before === undefined) return undefined;
    this.#products.add(before * Math.abs(latest));
    return this.#products.full ? Math.max(0, (Math.PI / 2) * this.#products.sum) : undefined;
  }
}
