import { Cell, Composed, Register } from './composed.ts';
import { checkValue, overValues, type IndicatorConvention, type IndicatorSeries } from './indicator.ts';
import { Ema } from './moving-averages.ts';

/** An EMA that is silent before its n-th value in every convention, so that the next level begins there. */
class Level extends Composed<number> {
  readonly #n: number;
  readonly #average: Ema;
  readonly #seen: Register;

  constructor(n: number, convention: IndicatorConvention) {
    super();
    this.#n = n;
    this.#average = this.part(new Ema(n, convention));
    this.#seen = this.part(new Register());
  }

  update(value: number): number | undefined {
    const average = this.#average.update(value);
    if (this.#seen.value < this.#n) this.#seen.value += 1;
    return this.#seen.value < this.#n ? undefined : average;
  }
}

/** Double exponential average 2e₁ − e₂ (Mulloy, 1994); starts 2n − 2. Each EMA starts as `Ema` of the convention does. */
export class Dema extends Composed<number> {
  readonly #first: Level;
  readonly #second: Level;

  constructor(n: number, convention: IndicatorConvention = 'talib') {
    super();
    this.#first = this.part(new Level(n, convention));
    this.#second = this.part(new Level(n, convention));
  }

  update(value: number): number | undefined {
    const first = this.#first.update(value);
    if (first === undefined) return undefined;
    const second = this.#second.update(first);
    return second === undefined ? undefined : 2 * first - second;
  }
}

/** Triple exponential average 3e₁ − 3e₂ + e₃ (Mulloy, 1994); starts 3n − 3. Conventions as `Dema`. */
export class Tema extends Composed<number> {
  readonly #first: Level;
  readonly #second: Level;
  readonly #third: Level;

  constructor(n: number, convention: IndicatorConvention = 'talib') {
    super();
    this.#first = this.part(new Level(n, convention));
    this.#second = this.part(new Level(n, convention));
    this.#third = this.part(new Level(n, convention));
  }

  update(value: number): number | undefined {
    const first = this.#first.update(value);
    if (first === undefined) return undefined;
    const second = this.#second.update(first);
    if (second === undefined) return undefined;
    const third = this.#third.update(second);
    return third === undefined ? undefined : 3 * first - 3 * second + third;
  }
}

/**
 * Change of the third nested EMA from one value to the next, in percent of the former (Hutson), by Tulip's convention of
 * the latter; 0 of 0; starts 3n − 2. Conventions as `Dema`.
 */
export class Trix extends Composed<number> {
  readonly #ofLatter: boolean;
  readonly #first: Level;
  readonly #second: Level;
  readonly #third: Level;
  readonly #before: Cell;

  constructor(n: number, convention: IndicatorConvention = 'talib') {
    super();
    this.#ofLatter = convention === 'tulip';
    this.#first = this.part(new Level(n, convention));
    this.#second = this.part(new Level(n, convention));
    this.#third = this.part(new Level(n, convention));
    this.#before = this.part(new Cell());
  }

  update(value: number): number | undefined {
    const first = this.#first.update(value);
    if (first === undefined) return undefined;
    const second = this.#second.update(first);
    if (second === undefined) return undefined;
    const third = this.#third.update(second);
    if (third === undefined) return undefined;
    const before = this.#before.value;
    this.#before.value = third;
    if (before === undefined) return undefined;
    const base = this.#ofLatter ? third : before;
    return base === 0 ? 0 : (100 * (third - before)) / base;
  }
}

/**
 * Tillson's T3 (1998): six nested EMAs, c₁e₆ + c₂e₅ + c₃e₄ + c₄e₃ with c₁ = −v³, c₂ = 3(v² + v³),
 * c₃ = −6v² − 3(v + v³), c₄ = 1 + 3v + v³ + 3v²; starts 6n − 6.
 */
export class T3 extends Composed<number> {
  readonly #levels: readonly Ema[];
  readonly #weights: readonly number[];

  constructor(n = 5, volumeFactor = 0.7) {
    super();
    const v = checkValue(volumeFactor);
    this.#levels = Array.from({ length: 6 }, () => this.part(new Ema(n)));
    this.#weights = [0, 0, 1 + 3 * v + v ** 3 + 3 * v ** 2, -6 * v ** 2 - 3 * (v + v ** 3), 3 * (v ** 2 + v ** 3), -(v ** 3)];
  }

  update(value: number): number | undefined {
    let input = value;
    let total = 0;
    for (let i = 0; i < 6; i++) {
      const average = this.#levels[i]?.update(input);
      if (average === undefined) return undefined;
      total += (this.#weights[i] ?? 0) * average;
      input = average;
    }
    return total;
  }
}

export const dema = (values: Float64Array, n: number, convention?: IndicatorConvention): IndicatorSeries => overValues(new Dema(n, convention), values);
export const tema = (values: Float64Array, n: number, convention?: IndicatorConvention): IndicatorSeries => overValues(new Tema(n, convention), values);
export const trix = (values: Float64Array, n: number, convention?: IndicatorConvention): IndicatorSeries => overValues(new Trix(n, convention), values);
export const t3 = (values: Float64Array, n?: number, volumeFactor?: number): IndicatorSeries => overValues(new T3(n, volumeFactor), values);
