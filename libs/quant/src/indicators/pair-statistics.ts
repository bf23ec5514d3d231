import { Ring } from '../statistics/ring.ts';
import { Cell, Composed, type Part } from './composed.ts';
import { checkLength, checkValue, overPairs, type IndicatorSeries, type ValuePair } from './indicator.ts';

/** Rounding of one operation, and how many digits its sum may cost, as in `GuardedMoments`. */
const ROUNDING = 2 ** -52;
const DIGITS_LEFT = 1e8;

export interface RollingProductsState {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly means: readonly [number, number];
  readonly products: readonly [number, number, number];
  readonly errors: readonly [number, number];
}

/**
 * Centred sums Σ(x − x̄)², Σ(x − x̄)(y − ȳ), Σ(y − ȳ)² over the last n pairs in O(1) by Welford's updates with removal,
 * rebuilt from the window when one of the squares is small against the bound of its rounding error.
 */
class RollingProducts implements Part {
  readonly #x: Ring;
  readonly #y: Ring;
  #meanX = 0;
  #meanY = 0;
  #errorX = 0;
  #errorY = 0;
  /** Read only from outside. */
  xx = 0;
  xy = 0;
  yy = 0;

  constructor(n: number) {
    this.#x = new Ring(n);
    this.#y = new Ring(n);
  }

  get full(): boolean {
    return this.#x.full;
  }

  add(x: number, y: number): void {
    const leavingX = this.#x.push(x);
    const leavingY = this.#y.push(y);
    const count = this.#x.count;
    const [beforeX, beforeY] = [this.#meanX, this.#meanY];
    const changeX = x - (leavingX ?? beforeX);
    const changeY = y - (leavingY ?? beforeY);
    this.#meanX += changeX / count;
    this.#meanY += changeY / count;
    if (leavingX === undefined || leavingY === undefined) {
      this.xx += changeX * (x - this.#meanX);
      this.xy += changeX * (y - this.#meanY);
      this.yy += changeY * (y - this.#meanY);
    } else {
      this.xx += changeX * (x - this.#meanX + leavingX - beforeX);
      this.xy += (x - this.#meanX) * (y - beforeY) - (leavingX - this.#meanX) * (leavingY - beforeY);
      this.yy += changeY * (y - this.#meanY + leavingY - beforeY);
    }
    this.#errorX += ROUNDING * (Math.abs(changeX) * (Math.abs(x) + Math.abs(beforeX) + Math.abs(leavingX ?? 0)) + Math.abs(this.xx));
    this.#errorY += ROUNDING * (Math.abs(changeY) * (Math.abs(y) + Math.abs(beforeY) + Math.abs(leavingY ?? 0)) + Math.abs(this.yy));
    if (this.xx < this.#errorX * DIGITS_LEFT || this.yy < this.#errorY * DIGITS_LEFT) this.#rebuild();
  }

  snapshot(): RollingProductsState {
    return {
      x: this.#x.values(), y: this.#y.values(), means: [this.#meanX, this.#meanY], products: [this.xx, this.xy, this.yy], errors: [this.#errorX, this.#errorY],
    };
  }

  restore(state: RollingProductsState): void {
    this.#x.restore(state.x);
    this.#y.restore(state.y);
    [this.#meanX, this.#meanY] = state.means;
    [this.xx, this.xy, this.yy] = state.products;
    [this.#errorX, this.#errorY] = state.errors;
  }

  #rebuild(): void {
    const count = this.#x.count;
    this.#meanX = meanOf(this.#x);
    this.#meanY = meanOf(this.#y);
    [this.xx, this.xy, this.yy, this.#errorX, this.#errorY] = [0, 0, 0, 0, 0];
    for (let age = 0; age < count; age++) {
      const dx = (this.#x.back(age) ?? 0) - this.#meanX;
      const dy = (this.#y.back(age) ?? 0) - this.#meanY;
      this.xx += dx * dx;
      this.xy += dx * dy;
      this.yy += dy * dy;
    }
  }
}

/** Around the newest value, so that equal values have exactly themselves for mean. */
function meanOf(ring: Ring): number {
  const newest = ring.back(0) ?? 0;
  let away = 0;
  for (let age = 0; age < ring.count; age++) away += (ring.back(age) ?? 0) - newest;
  return newest + away / ring.count;
}

/** Pearson's correlation of x and y over the last n pairs, within [−1, 1]; 0 where one is constant; starts n − 1. */
export class PairCorrelation extends Composed<ValuePair> {
  readonly #products: RollingProducts;

  constructor(n = 30) {
    super();
    this.#products = this.part(new RollingProducts(checkLength(n, 2)));
  }

  update({ x, y }: ValuePair): number | undefined {
    this.#products.add(checkValue(x), checkValue(y));
    if (!this.#products.full) return undefined;
    const { xx, xy, yy } = this.#products;
    return xx <= 0 || yy <= 0 ? 0 : Math.min(1, Math.max(-1, xy / Math.sqrt(xx * yy)));
  }
}

/**
 * Slope of the least-squares line of y's relative changes on x's over the last n changes, as TA-Lib's BETA has it (x
 * is its first input); 0 where x did not vary; a change from 0 counts as 0; starts n.
 */
export class PairBeta extends Composed<ValuePair> {
  readonly #products: RollingProducts;
  readonly #beforeX: Cell;
  readonly #beforeY: Cell;

  constructor(n = 5) {
    super();
    this.#products = this.part(new RollingProducts(checkLength(n, 2)));
    this.#beforeX = this.part(new Cell());
    this.#beforeY = this.part(new Cell());
  }

  update({ x, y }: ValuePair): number | undefined {
    checkValue(x);
    checkValue(y);
    const [beforeX, beforeY] = [this.#beforeX.value, this.#beforeY.value];
    this.#beforeX.value = x;
    this.#beforeY.value = y;
    if (beforeX === undefined || beforeY === undefined) return undefined;
    this.#products.add(beforeX === 0 ? 0 : x / beforeX - 1, beforeY === 0 ? 0 : y / beforeY - 1);
    if (!this.#products.full) return undefined;
    return this.#products.xx <= 0 ? 0 : this.#products.xy / this.#products.xx;
  }
}

export const pairCorrelation = (x: Float64Array, y: Float64Array, n?: number): IndicatorSeries => overPairs(new PairCorrelation(n), x, y);
export const pairBeta = (x: Float64Array, y: Float64Array, n?: number): IndicatorSeries => overPairs(new PairBeta(n), x, y);
