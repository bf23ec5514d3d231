import { Ring } from '../statistics/ring.ts';
import { Cell, Composed, type Part } from './composed.ts';
import { EqualRun } from './equal-run.ts';
import { checkLength, checkValue, overPairs, type IndicatorSeries, type ValuePair } from './indicator.ts';

/** Removal loses digits slowly, so means and products are rebuilt from the window this often. */
const REBUILD = 10_000;

export interface RollingProductsState {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly means: readonly [number, number];
  readonly products: readonly [number, number, number];
  readonly removals: number;
}

/** Centred sums Σ(x − x̄)², Σ(x − x̄)(y − ȳ), Σ(y − ȳ)² over the last n pairs in O(1), by Welford's updates with removal. */
class RollingProducts implements Part {
  readonly #x: Ring;
  readonly #y: Ring;
  #meanX = 0;
  #meanY = 0;
  #xx = 0;
  #xy = 0;
  #yy = 0;
  #removals = 0;

  constructor(n: number) {
    this.#x = new Ring(n);
    this.#y = new Ring(n);
  }

  get full(): boolean {
    return this.#x.full;
  }

  get xx(): number {
    return this.#xx;
  }

  get xy(): number {
    return this.#xy;
  }

  get yy(): number {
    return this.#yy;
  }

  add(x: number, y: number): void {
    const leavingX = this.#x.push(x);
    const leavingY = this.#y.push(y);
    const count = this.#x.count;
    if (leavingX !== undefined && leavingY !== undefined) this.#remove(leavingX, leavingY, count);
    const dx = x - this.#meanX;
    const dy = y - this.#meanY;
    this.#meanX += dx / count;
    this.#meanY += dy / count;
    this.#xx += dx * (x - this.#meanX);
    this.#xy += dx * (y - this.#meanY);
    this.#yy += dy * (y - this.#meanY);
    if (this.#removals >= REBUILD) this.#rebuild();
  }

  snapshot(): RollingProductsState {
    return {
      x: this.#x.values(), y: this.#y.values(), means: [this.#meanX, this.#meanY], products: [this.#xx, this.#xy, this.#yy], removals: this.#removals,
    };
  }

  restore(state: RollingProductsState): void {
    this.#x.restore(state.x);
    this.#y.restore(state.y);
    [this.#meanX, this.#meanY] = state.means;
    [this.#xx, this.#xy, this.#yy] = state.products;
    this.#removals = state.removals;
  }

  #remove(x: number, y: number, count: number): void {
    this.#removals += 1;
    const left = count - 1;
    const dx = x - this.#meanX;
    const dy = y - this.#meanY;
    if (left > 0) {
      this.#meanX -= dx / left;
      this.#meanY -= dy / left;
    } else [this.#meanX, this.#meanY] = [0, 0];
    this.#xx -= dx * (x - this.#meanX);
    this.#xy -= dx * (y - this.#meanY);
    this.#yy -= dy * (y - this.#meanY);
  }

  #rebuild(): void {
    const x = this.#x.values();
    const y = this.#y.values();
    this.#removals = 0;
    [this.#meanX, this.#meanY, this.#xx, this.#xy, this.#yy] = [0, 0, 0, 0, 0];
    this.#meanX = x.reduce((sum, v) => sum + v, 0) / x.length;
    this.#meanY = y.reduce((sum, v) => sum + v, 0) / y.length;
    for (let i = 0; i < x.length; i++) {
      const dx = (x[i] ?? 0) - this.#meanX;
      const dy = (y[i] ?? 0) - this.#meanY;
      this.#xx += dx * dx;
      this.#xy += dx * dy;
      this.#yy += dy * dy;
    }
  }
}

/** Pearson's correlation of x and y over the last n pairs, within [−1, 1]; 0 where one is constant; starts n − 1. */
export class WindowCorrelation extends Composed<ValuePair> {
  readonly #n: number;
  readonly #products: RollingProducts;
  readonly #runX: EqualRun;
  readonly #runY: EqualRun;

  constructor(n = 30) {
    super();
    this.#n = checkLength(n, 2);
    this.#products = this.part(new RollingProducts(n));
    this.#runX = this.part(new EqualRun());
    this.#runY = this.part(new EqualRun());
  }

  update({ x, y }: ValuePair): number | undefined {
    this.#products.add(checkValue(x), checkValue(y));
    const constant = Math.max(this.#runX.update(x), this.#runY.update(y)) >= this.#n;
    if (!this.#products.full) return undefined;
    if (constant) return 0;
    const { xx, xy, yy } = this.#products;
    return xx <= 0 || yy <= 0 ? 0 : Math.min(1, Math.max(-1, xy / Math.sqrt(xx * yy)));
  }
}

/**
 * Slope of the least-squares line of y's relative changes on x's over the last n changes, as TA-Lib's BETA has it (x
 * is its first input); 0 where x did not vary; a change from 0 counts as 0; starts n.
 */
export class WindowBeta extends Composed<ValuePair> {
  readonly #n: number;
  readonly #products: RollingProducts;
  readonly #run: EqualRun;
  readonly #beforeX: Cell;
  readonly #beforeY: Cell;

  constructor(n = 5) {
    super();
    this.#n = checkLength(n, 2);
    this.#products = this.part(new RollingProducts(n));
    this.#run = this.part(new EqualRun());
    this.#beforeX = this.part(new Cell());
    this.#beforeY = this.part(new Cell());
  }

  update({ x, y }: ValuePair): number | undefined {
    const [beforeX, beforeY] = [this.#beforeX.value, this.#beforeY.value];
    this.#beforeX.value = checkValue(x);
    this.#beforeY.value = checkValue(y);
    if (beforeX === undefined || beforeY === undefined) return undefined;
    const change = beforeX === 0 ? 0 : x / beforeX - 1;
    this.#products.add(change, beforeY === 0 ? 0 : y / beforeY - 1);
    const constant = this.#run.update(change) >= this.#n;
    if (!this.#products.full) return undefined;
    return constant || this.#products.xx <= 0 ? 0 : this.#products.xy / this.#products.xx;
  }
}

export const windowCorrelation = (x: Float64Array, y: Float64Array, n?: number): IndicatorSeries => overPairs(new WindowCorrelation(n), x, y);
export const windowBeta = (x: Float64Array, y: Float64Array, n?: number): IndicatorSeries => overPairs(new WindowBeta(n), x, y);
