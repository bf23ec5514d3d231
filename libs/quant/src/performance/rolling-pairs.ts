import { absent, type Figure } from './figures.ts';

/** Removal loses digits slowly, so the sums are rebuilt from the window this often. */
const REBUILD = 10_000;
/** What is left of the squares when the sums are rebuilt because a large value has gone. */
const SHRUNK = 1e-4;

export interface RollingPairsState {
  /** Pairs of the window, oldest first; null where a value was missing. */
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
  readonly sums: readonly number[];
  readonly removals: number;
  readonly peaks: readonly number[];
}

/**
 * Means, deviations, covariance and beta of the last `window` pairs in O(1) a pair, by Welford's updates with removal
 * (Welford 1962; Chan, Golub, LeVeque 1983). A pair with NaN takes a place in the window and counts in nothing else.
 */
export class RollingPairs {
  readonly #window: number;
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  #next = 0;
  #held = 0;
  #count = 0;
  #meanX = 0;
  #meanY = 0;
  #xx = 0;
  #xy = 0;
  #yy = 0;
  #removals = 0;
  #peakX = 0;
  #peakY = 0;

  constructor(window: number) {
    this.#window = window;
    this.#x = new Float64Array(window);
    this.#y = new Float64Array(window);
  }

  /** Complete pairs in the window. */
  get count(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#held === this.#window;
  }

  add(x: number, y: number): void {
    const place = this.#next;
    if (this.full) this.#remove(this.#x[place] ?? NaN, this.#y[place] ?? NaN);
    else this.#held += 1;
    this.#x[place] = x;
    this.#y[place] = y;
    this.#next = place + 1 === this.#window ? 0 : place + 1;
    this.#enter(x, y);
    if (this.#xx > this.#peakX) this.#peakX = this.#xx;
    if (this.#yy > this.#peakY) this.#peakY = this.#yy;
    if (this.#removals >= REBUILD || this.#xx < SHRUNK * this.#peakX || this.#yy < SHRUNK * this.#peakY) this.#rebuild();
  }

  /** Mean of the first of each pair; undefined without pairs. */
  mean(): number | undefined {
    return this.#count === 0 ? undefined : this.#meanX;
  }

  /** Sample deviation (÷ n − 1) of the first of each pair; 0 when they are equal. */
  deviation(): Figure {
    if (this.#count < 2) return absent('insufficient_history');
    return varies(this.#xx, this.#count, this.#meanX) ? Math.sqrt(this.#xx / (this.#count - 1)) : 0;
  }

  /** Covariance over the variance of the second of each pair. */
  beta(): Figure {
    if (this.#count < 2) return absent('insufficient_history');
    return varies(this.#yy, this.#count, this.#meanY) ? this.#xy / this.#yy : absent('constant_series');
  }

  correlation(): Figure {
    if (this.#count < 2) return absent('insufficient_history');
    if (!varies(this.#yy, this.#count, this.#meanY) || !varies(this.#xx, this.#count, this.#meanX)) return absent('constant_series');
    return Math.max(-1, Math.min(1, this.#xy / Math.sqrt(this.#xx * this.#yy)));
  }

  snapshot(): RollingPairsState {
    const ordered = (column: Float64Array): (number | null)[] =>
      Array.from({ length: this.#held }, (_, i) => {
        const value = column[(this.#next - this.#held + i + this.#window) % this.#window] ?? NaN;
        return value === value ? value : null;
      });
    return {
      x: ordered(this.#x),
      y: ordered(this.#y),
      sums: [this.#count, this.#meanX, this.#meanY, this.#xx, this.#xy, this.#yy],
      removals: this.#removals,
      peaks: [this.#peakX, this.#peakY],
    };
  }

  /** Continues bit for bit where the snapshot of an equal window was taken. */
  restore(state: RollingPairsState): void {
    this.#held = state.x.length;
    this.#next = this.#held % this.#window;
    state.x.forEach((x, i) => (this.#x[i] = x ?? NaN));
    state.y.forEach((y, i) => (this.#y[i] = y ?? NaN));
    [this.#count, this.#meanX, this.#meanY, this.#xx, this.#xy, this.#yy] = state.sums as [number, number, number, number, number, number];
    this.#removals = state.removals;
    [this.#peakX, this.#peakY] = state.peaks as [number, number];
  }

  #enter(x: number, y: number): void {
    if (x !== x || y !== y) return;
    this.#count += 1;
    const [dx, dy] = [x - this.#meanX, y - this.#meanY];
    this.#meanX += dx / this.#count;
    this.#meanY += dy / this.#count;
    this.#xx += dx * (x - this.#meanX);
    this.#xy += dx * (y - this.#meanY);
    this.#yy += dy * (y - this.#meanY);
  }

  #remove(x: number, y: number): void {
    if (x !== x || y !== y) return;
    this.#count -= 1;
    this.#removals += 1;
    if (this.#count === 0) {
      [this.#meanX, this.#meanY, this.#xx, this.#xy, this.#yy] = [0, 0, 0, 0, 0];
      return;
    }
    const [dx, dy] = [x - this.#meanX, y - this.#meanY];
    this.#meanX -= dx / this.#count;
    this.#meanY -= dy / this.#count;
    this.#xx -= dx * (x - this.#meanX);
    this.#xy -= dx * (y - this.#meanY);
    this.#yy -= dy * (y - this.#meanY);
  }

  #rebuild(): void {
    [this.#count, this.#meanX, this.#meanY, this.#xx, this.#xy, this.#yy] = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < this.#held; i++) {
      const place = (this.#next - this.#held + i + this.#window) % this.#window;
      this.#enter(this.#x[place] ?? NaN, this.#y[place] ?? NaN);
    }
    this.#removals = 0;
    this.#peakX = this.#xx;
    this.#peakY = this.#yy;
  }
}

/** Squares that are only what rounding leaves of equal values do not count as variation. */
const varies = (squares: number, count: number, mean: number): boolean => Math.sqrt(Math.max(0, squares) / count) > 1e-14 * Math.abs(mean) && squares > 0;
