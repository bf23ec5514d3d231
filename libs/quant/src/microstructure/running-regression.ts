import { InvalidInputError } from '@nautilus/model';

export interface RegressionFigures {
  readonly slope: number;
  readonly intercept: number;
  readonly standardError: number;
  readonly rSquared: number;
  readonly observations: number;
}

export interface RunningRegressionState {
  readonly pairs: readonly (readonly [number, number])[];
  /** Means of x and y, and centred sums xx, xy, yy as they run: made anew they would differ in their last digits. */
  readonly sums: readonly [number, number, number, number, number];
  /** Place in the window at which the next pair goes. */
  readonly next: number;
}

const FEWEST = 30;

/**
 * Least squares of y on x with intercept over the last `window` pairs; O(1) per pair. Means and centred sums are moved
 * (Welford 1962, with removal) and made anew after each full turn of the window, which bounds rounding.
 */
export class RunningRegression {
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  #count = 0;
  #next = 0;
  #meanX = 0;
  #meanY = 0;
  #xx = 0;
  #xy = 0;
  #yy = 0;

  /** @throws InvalidInputError for a window below 30. */
  constructor(window: number) {
    if (!(Number.isInteger(window) && window >= FEWEST)) throw new InvalidInputError([{ path: 'window', message: `${window} is no whole number from ${FEWEST}` }]);
    this.#x = new Float64Array(window);
    this.#y = new Float64Array(window);
  }

  /** @throws InvalidInputError for values that are not finite; the state stays. */
  add(x: number, y: number): void {
    if (!(Number.isFinite(x) && Number.isFinite(y))) throw new InvalidInputError([{ path: 'pair', message: 'must be finite' }]);
    const window = this.#x.length;
    if (this.#count === window) this.#move(this.#x[this.#next] ?? 0, this.#y[this.#next] ?? 0, -1);
    this.#x[this.#next] = x;
    this.#y[this.#next] = y;
    this.#move(x, y, 1);
    this.#next = (this.#next + 1) % window;
    if (this.#next === 0) this.#rebuild();
  }

  /** Undefined below 30 pairs and where x does not vary. */
  fit(): RegressionFigures | undefined {
    const n = this.#count;
    if (n < FEWEST || !(this.#xx > 1e-14 * n * this.#meanX ** 2)) return undefined;
    const slope = this.#xy / this.#xx;
    const residual = Math.max(0, this.#yy - slope * this.#xy);
    return {
      slope,
      intercept: this.#meanY - slope * this.#meanX,
      standardError: Math.sqrt(residual / (n - 2) / this.#xx),
      rSquared: this.#yy > 0 ? Math.min(1, (slope * this.#xy) / this.#yy) : 1,
      observations: n,
    };
  }

  /** The pairs of the window, oldest first. */
  state(): RunningRegressionState {
    const from = this.#count === this.#x.length ? this.#next : 0;
    const pairs = Array.from({ length: this.#count }, (_, k) => [this.#x[(from + k) % this.#x.length] ?? 0, this.#y[(from + k) % this.#x.length] ?? 0] as const);
    return { pairs, sums: [this.#meanX, this.#meanY, this.#xx, this.#xy, this.#yy], next: this.#next };
  }

  /** Continues bit for bit where the state was taken; the window must be the same. */
  restore({ pairs, sums, next }: RunningRegressionState): void {
    const window = this.#x.length;
    pairs.forEach(([x, y], k) => {
      const slot = (next - pairs.length + k + window) % window;
      this.#x[slot] = x;
      this.#y[slot] = y;
    });
    this.#count = pairs.length;
    this.#next = next;
    [this.#meanX, this.#meanY, this.#xx, this.#xy, this.#yy] = sums;
  }

  #move(x: number, y: number, by: 1 | -1): void {
    const n = this.#count + by;
    this.#count = n;
    if (n === 0) {
      this.#meanX = this.#meanY = this.#xx = this.#xy = this.#yy = 0;
      return;
    }
    const [dx, dy] = [x - this.#meanX, y - this.#meanY];
    this.#meanX += (by * dx) / n;
    this.#meanY += (by * dy) / n;
    this.#xx += by * dx * (x - this.#meanX);
    this.#xy += by * dx * (y - this.#meanY);
    this.#yy += by * dy * (y - this.#meanY);
  }

  #rebuild(): void {
    const [xs, ys] = [this.#x, this.#y];
    this.#count = 0;
    this.#meanX = this.#meanY = this.#xx = this.#xy = this.#yy = 0;
    for (let i = 0; i < xs.length; i++) this.#move(xs[i] ?? 0, ys[i] ?? 0, 1);
  }
}
