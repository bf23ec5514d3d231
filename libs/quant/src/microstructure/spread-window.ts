import { WeightedWindow, type MinuteSumsState, type WeightedMean } from './minute-sums.ts';
import { tradeSpread } from './spread-estimators.ts';

/** Δ after which the mid is read for realised spread and impact, in ms. */
export const SPREAD_HORIZONS_MS = [5_000, 60_000, 300_000] as const;

/** One trade with its costs per horizon, once the longest has passed. */
export interface SpreadRecord {
  readonly timeMs: number;
  readonly price: number;
  readonly size: number;
  readonly sign: -1 | 1;
  readonly mid: number;
  readonly effective: number;
  readonly realised: readonly number[];
  readonly impact: readonly number[];
}

export interface SpreadFigures {
  readonly effective: WeightedMean;
  readonly effectiveBasisPoints: WeightedMean;
  /** By horizon, in the order of `SPREAD_HORIZONS_MS`. */
  readonly realised: readonly WeightedMean[];
  readonly impact: readonly WeightedMean[];
  /** Largest |effective − realised − impact| of any trade so far: rounding alone. */
  readonly largestResidual: number;
  readonly recorded: number;
  readonly pending: number;
  /** Trades for which no valid mid stood at a horizon. */
  readonly dropped: number;
}

interface Pending {
  readonly timeMs: number;
  readonly price: number;
  readonly size: number;
  readonly sign: -1 | 1;
  readonly mid: number;
  readonly realised: number[];
  readonly impact: number[];
}

export interface SpreadWindowState {
  readonly effective: MinuteSumsState;
  readonly basisPoints: MinuteSumsState;
  readonly realised: readonly MinuteSumsState[];
  readonly impact: readonly MinuteSumsState[];
  readonly queue: readonly Readonly<Pending>[];
  readonly next: readonly number[];
  readonly records: readonly SpreadRecord[];
  readonly recorded: number;
  readonly dropped: number;
  readonly largestResidual: number;
}

const MINUTE_MS = 60_000;
const KEPT_RECORDS = 1_000;
const LONGEST = SPREAD_HORIZONS_MS.length;

/**
 * Effective spread 2D(p − m), realised spread 2D(p − m later) and impact 2D(m later − m) of trades (Huang & Stoll 1996),
 * each mean weighted by value over the trailing window. The later mid is the one that stands when the horizon passes, so
 * a trade counts once its whole horizon is known. O(horizons) per trade.
 */
export class SpreadWindow {
  readonly #effective: WeightedWindow;
  readonly #basisPoints: WeightedWindow;
  readonly #realised: readonly WeightedWindow[];
  readonly #impact: readonly WeightedWindow[];
  /** Trades in order of time; each horizon has its own place in them. */
  #queue: Pending[] = [];
  readonly #next = SPREAD_HORIZONS_MS.map(() => 0);
  #records: SpreadRecord[] = [];
  #recorded = 0;
  #dropped = 0;
  #largestResidual = 0;

  constructor(minutes: number) {
    this.#effective = new WeightedWindow(minutes);
    this.#basisPoints = new WeightedWindow(minutes);
    this.#realised = SPREAD_HORIZONS_MS.map(() => new WeightedWindow(minutes));
    this.#impact = SPREAD_HORIZONS_MS.map(() => new WeightedWindow(minutes));
  }

  add(timeMs: number, price: number, size: number, sign: -1 | 1, mid: number): void {
    const minute = Math.floor(timeMs / MINUTE_MS);
    const effective = 2 * sign * (price - mid);
    this.#effective.add(minute, price * size, effective);
    this.#basisPoints.add(minute, price * size, (1e4 * effective) / mid);
    this.#queue.push({ timeMs, price, size, sign, mid, realised: [], impact: [] });
  }

  /** Everything due before `timeMs` meets the mid that stood until then; undefined where there was none. */
  settle(timeMs: number, mid: number | undefined): void {
    SPREAD_HORIZONS_MS.forEach((horizon, h) => {
      let next = this.#next[h] ?? 0;
      for (let trade = this.#queue[next]; trade !== undefined && trade.timeMs + horizon < timeMs; trade = this.#queue[next]) {
        this.#settleOne(trade, h, mid);
        next += 1;
      }
      this.#next[h] = next;
    });
    this.#forgetSettled();
  }

  /** Newest last; at most 1,000 are kept. */
  get records(): readonly SpreadRecord[] {
    return this.#records;
  }

  read(minute: number): SpreadFigures {
    return {
      effective: this.#effective.read(minute),
      effectiveBasisPoints: this.#basisPoints.read(minute),
      realised: this.#realised.map((window) => window.read(minute)),
      impact: this.#impact.map((window) => window.read(minute)),
      largestResidual: this.#largestResidual,
      recorded: this.#recorded,
      pending: this.#queue.length - (this.#next[LONGEST - 1] ?? 0),
      dropped: this.#dropped,
    };
  }

  /** Trades whose horizons have all passed are left out: they are in the sums. */
  snapshot(): SpreadWindowState {
    const settled = Math.min(...this.#next);
    return {
      effective: this.#effective.snapshot(), basisPoints: this.#basisPoints.snapshot(), realised: this.#realised.map((one) => one.snapshot()), impact: this.#impact.map((one) => one.snapshot()),
      queue: this.#queue.slice(settled).map((trade) => ({ ...trade, realised: [...trade.realised], impact: [...trade.impact] })), next: this.#next.map((next) => next - settled),
      records: [...this.#records], recorded: this.#recorded, dropped: this.#dropped, largestResidual: this.#largestResidual,
    };
  }

  restore(state: SpreadWindowState): void {
    this.#effective.restore(state.effective);
    this.#basisPoints.restore(state.basisPoints);
    state.realised.forEach((one, h) => this.#realised[h]?.restore(one));
    state.impact.forEach((one, h) => this.#impact[h]?.restore(one));
    this.#queue = state.queue.map((trade) => ({ ...trade, realised: [...trade.realised], impact: [...trade.impact] }));
    state.next.forEach((next, h) => void (this.#next[h] = next));
    this.#records = [...state.records];
    this.#recorded = state.recorded;
    this.#dropped = state.dropped;
    this.#largestResidual = state.largestResidual;
  }

  #settleOne(trade: Pending, h: number, mid: number | undefined): void {
    if (mid === undefined) {
      trade.realised[h] = NaN;
      trade.impact[h] = NaN;
    } else {
      const { effective, realised, impact } = tradeSpread(trade.sign, trade.price, trade.mid, mid);
      const [minute, value] = [Math.floor(trade.timeMs / MINUTE_MS), trade.price * trade.size];
      this.#realised[h]?.add(minute, value, realised);
      this.#impact[h]?.add(minute, value, impact);
      trade.realised[h] = realised;
      trade.impact[h] = impact;
      this.#largestResidual = Math.max(this.#largestResidual, Math.abs(effective - realised - impact));
    }
    if (h === LONGEST - 1) this.#record(trade);
  }

  #record(trade: Pending): void {
    if (trade.impact.some(Number.isNaN)) {
      this.#dropped += 1;
      return;
    }
    this.#recorded += 1;
    this.#records.push({ ...trade, effective: 2 * trade.sign * (trade.price - trade.mid) });
    if (this.#records.length >= 2 * KEPT_RECORDS) this.#records = this.#records.slice(-KEPT_RECORDS);
  }

  /** Settled trades leave in large parts, so that the cost per trade stays constant. */
  #forgetSettled(): void {
    const settled = Math.min(...this.#next);
    if (settled < 4_096 || settled < this.#queue.length / 2) return;
    this.#queue = this.#queue.slice(settled);
    for (let h = 0; h < LONGEST; h++) this.#next[h] = (this.#next[h] ?? 0) - settled;
  }
}
