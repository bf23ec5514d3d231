import { RollingMoments, type RollingMomentsState } from '../statistics/rolling-moments.ts';
import {
  FLASH_CRASH_CLEAR, flashCrashScore, nextFlashCrashState, type FlashCrashInputs, type FlashCrashScore, type FlashCrashState,
} from './flash-crash.ts';
import { median } from './quote-activity.ts';

/** Displayed size of both sides over the ten best levels, and where it was seen. */
export interface Depth {
  readonly source: 'level2' | 'quotes';
  readonly size: number;
}

export interface FlashCrashMoment {
  readonly timeMs: number;
  /** Where the depth was seen; it is compared with what was seen there before. */
  readonly depthSource: Depth['source'];
  readonly inputs: FlashCrashInputs;
  readonly score: FlashCrashScore;
  readonly state: FlashCrashState;
  /** The state before this moment, where the level changed. */
  readonly changedFrom: FlashCrashState['level'] | undefined;
}

export interface FlashCrashWatchState {
  readonly highs: Float64Array;
  readonly tags: Float64Array;
  readonly returns: RollingMomentsState;
  readonly depths: Readonly<Record<Depth['source'], UsualLevelState>>;
  readonly spreads: UsualLevelState;
  readonly second: number;
  readonly minute: number;
  readonly closingMid: number | undefined;
  readonly lastMid: number | undefined;
  readonly moment: FlashCrashMoment | undefined;
}

interface UsualLevelState {
  readonly ofMinute: readonly (readonly [minuteOfDay: number, values: readonly number[]])[];
  readonly recent: readonly number[];
}

const SECOND_MS = 1_000;
const SECONDS = 60;
const SESSION_MINUTES = 390;
const FEWEST = 30;
const RECENT_MINUTES = 60;
const DAYS = 20;
const FEWEST_DAYS = 5;
const MINUTES_OF_DAY = 1_440;
/** The shortest pause of the limit-up limit-down plan; no valid quote for so long is taken for a halt. */
const HALT_MINUTES = 5;

/**
 * Watches one symbol for flash-crash conditions, once per second of event time. Depth and spread are compared with their
 * median at the same minute of the last 20 days; below five days with the median of the last 60 minutes, and below 30 of
 * those the cause is missing. The fall is from the highest mid of the last 60 seconds.
 */
export class FlashCrashWatch {
  readonly #highs = new Float64Array(SECONDS);
  readonly #tags = new Float64Array(SECONDS).fill(-Infinity);
  readonly #returns = new RollingMoments(SESSION_MINUTES);
  readonly #depths = { level2: new UsualLevel(), quotes: new UsualLevel() };
  readonly #spreads = new UsualLevel();
  #second = -Infinity;
  #minute = -Infinity;
  #closingMid: number | undefined;
  #lastMid: number | undefined;
  #moment: FlashCrashMoment | undefined;

  get moment(): FlashCrashMoment | undefined {
    return this.#moment;
  }

  snapshot(): FlashCrashWatchState {
    return {
      highs: this.#highs.slice(), tags: this.#tags.slice(), returns: this.#returns.snapshot(), depths: { level2: this.#depths.level2.snapshot(), quotes: this.#depths.quotes.snapshot() }, spreads: this.#spreads.snapshot(),
      second: this.#second, minute: this.#minute, closingMid: this.#closingMid, lastMid: this.#lastMid, moment: this.#moment,
    };
  }

  restore(state: FlashCrashWatchState): void {
    this.#highs.set(state.highs);
    this.#tags.set(state.tags);
    this.#returns.restore(state.returns);
    this.#depths.level2.restore(state.depths.level2);
    this.#depths.quotes.restore(state.depths.quotes);
    this.#spreads.restore(state.spreads);
    this.#second = state.second;
    this.#minute = state.minute;
    this.#closingMid = state.closingMid;
    this.#lastMid = state.lastMid;
    this.#moment = state.moment;
  }

  /** True once per second of event time: then `look` is due. */
  addMid(timeMs: number, mid: number): boolean {
    const second = Math.floor(timeMs / SECOND_MS);
    const slot = second % SECONDS;
    if ((this.#tags[slot] ?? 0) < second) {
      this.#tags[slot] = second;
      this.#highs[slot] = mid;
    } else if (mid > (this.#highs[slot] ?? 0)) this.#highs[slot] = mid;
    this.#lastMid = mid;
    if (second <= this.#second) return false;
    this.#second = second;
    return true;
  }

  /** Causes that the caller cannot tell are left out. */
  look(timeMs: number, mid: number, depth: Depth, spread: number, told: Pick<FlashCrashInputs, 'toxicityCdf' | 'imbalanceCdf'>): FlashCrashMoment | undefined {
    const minute = Math.floor(timeMs / (SECONDS * SECOND_MS));
    if (minute > this.#minute) this.#enterMinute(minute, mid, depth, spread);
    const [medianDepth, medianSpread] = [this.#depths[depth.source].usual(minute), this.#spreads.usual(minute)];
    const deviation = this.#returns.count >= FEWEST ? this.#returns.deviation() : undefined;
    const inputs: FlashCrashInputs = {
      ...told,
      depth: depth.size,
      spread,
      drop: this.#drop(mid),
      ...(deviation === undefined ? {} : { minuteDeviation: deviation }),
      ...(medianDepth === undefined ? {} : { medianDepth }),
      ...(medianSpread === undefined ? {} : { medianSpread }),
    };
    const score = flashCrashScore(inputs);
    if (score === undefined) return undefined;
    const before = this.#moment?.state ?? FLASH_CRASH_CLEAR;
    const state = nextFlashCrashState(before, score, timeMs);
    this.#moment = { timeMs, depthSource: depth.source, inputs, score, state, changedFrom: state.level === before.level ? undefined : before.level };
    return this.#moment;
  }

  #drop(mid: number): number {
    let highest = mid;
    for (let slot = 0; slot < SECONDS; slot++) if ((this.#tags[slot] ?? 0) > this.#second - SECONDS) highest = Math.max(highest, this.#highs[slot] ?? 0);
    return (highest - mid) / highest;
  }

  #enterMinute(minute: number, mid: number, depth: Depth, spread: number): void {
    const closing = this.#lastMid ?? mid;
    // A halt or a night: what the mid did meanwhile is no return of one minute.
    const isHalted = minute - this.#minute > HALT_MINUTES;
    if (this.#closingMid !== undefined && !isHalted) this.#returns.add(Math.log(closing / this.#closingMid));
    this.#closingMid = closing;
    this.#depths[depth.source].add(minute, depth.size);
    this.#spreads.add(minute, spread);
    this.#minute = minute;
  }
}

/** What a quantity usually is at this minute of the day. */
class UsualLevel {
  readonly #ofMinute = new Map<number, number[]>();
  #recent: number[] = [];

  add(minute: number, value: number): void {
    const key = minute % MINUTES_OF_DAY;
    this.#ofMinute.set(key, [...(this.#ofMinute.get(key) ?? []), value].slice(-DAYS - 1));
    this.#recent = [...this.#recent, value].slice(-RECENT_MINUTES);
  }

  snapshot(): UsualLevelState {
    return { ofMinute: [...this.#ofMinute].map(([minute, values]) => [minute, [...values]]), recent: [...this.#recent] };
  }

  restore({ ofMinute, recent }: UsualLevelState): void {
    for (const [minute, values] of ofMinute) this.#ofMinute.set(minute, [...values]);
    this.#recent = [...recent];
  }

  /** Without today's value of the same minute, which would be compared with itself. */
  usual(minute: number): number | undefined {
    const days = (this.#ofMinute.get(minute % MINUTES_OF_DAY) ?? []).slice(0, -1);
    if (days.length >= FEWEST_DAYS) return median(days);
    return this.#recent.length < FEWEST ? undefined : median(this.#recent);
  }
}
