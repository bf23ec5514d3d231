import { InvalidInputError } from '@nautilus/model';

/** What is known at one moment; a missing input is left out of the score and listed. */
export interface FlashCrashInputs {
  /** Position of VPIN in its own history, 0 to 1. */
  readonly toxicityCdf?: number;
  /** Fall of the mid over 60 s, positive, relative. */
  readonly drop?: number;
  /** Deviation of one-minute returns, relative; needed with `drop`. */
  readonly minuteDeviation?: number;
  /** Size on the ten best levels of both sides, and its median at this minute over 20 days. */
  readonly depth?: number;
  readonly medianDepth?: number;
  readonly spread?: number;
  readonly medianSpread?: number;
  /** Position of |order-flow imbalance| in its own history, 0 to 1. */
  readonly imbalanceCdf?: number;
}

export const FLASH_CRASH_WEIGHTS = { toxicity: 0.35, drop: 0.35, depth: 0.3, spread: 0.2, imbalance: 0.15 } as const;
export type FlashCrashCause = keyof typeof FLASH_CRASH_WEIGHTS;

export interface FlashCrashScore {
  /** (1 − Π(1 − w_i x_i))/(1 − Π(1 − w_i)): 0 where no cause is there, 1 where all are full. */
  readonly score: number;
  /** x_i, each from 0 to 1. */
  readonly causes: Readonly<Partial<Record<FlashCrashCause, number>>>;
  readonly missing: readonly FlashCrashCause[];
}

/** What the default weights reach together: 0.7989. Undivided, the score could never come to the level of an alert. */
const LARGEST = 1 - Object.values(FLASH_CRASH_WEIGHTS).reduce((left, weight) => left * (1 - weight), 1);

const CAUSES: readonly FlashCrashCause[] = ['toxicity', 'drop', 'depth', 'spread', 'imbalance'];

/** Undefined where nothing is known. @throws InvalidInputError for a value that is not finite. */
export function flashCrashScore(inputs: FlashCrashInputs): FlashCrashScore | undefined {
  for (const [path, value] of Object.entries(inputs) as [string, number | undefined][]) {
    if (value !== undefined && !Number.isFinite(value)) throw new InvalidInputError([{ path, message: 'must be finite' }]);
  }
  const { toxicityCdf, drop, minuteDeviation, depth, medianDepth, spread, medianSpread, imbalanceCdf } = inputs;
  const ratio = (value: number | undefined, base: number | undefined): number | undefined => (value === undefined || base === undefined || !(base > 0) ? undefined : value / base);
  const found: Readonly<Record<FlashCrashCause, number | undefined>> = {
    toxicity: toxicityCdf,
    drop: mapped(ratio(drop, minuteDeviation), (deviations) => Math.min(10, deviations) / 10),
    depth: mapped(ratio(depth, medianDepth), (share) => 1 - share),
    spread: mapped(ratio(spread, medianSpread), (multiple) => multiple / 10),
    imbalance: imbalanceCdf,
  };
  const causes: Partial<Record<FlashCrashCause, number>> = {};
  const missing: FlashCrashCause[] = [];
  let left = 1;
  for (const cause of CAUSES) {
    const value = found[cause];
    if (value === undefined) missing.push(cause);
    else {
      const bounded = Math.min(1, Math.max(0, value));
      causes[cause] = bounded;
      left *= 1 - FLASH_CRASH_WEIGHTS[cause] * bounded;
    }
  }
  return missing.length === CAUSES.length ? undefined : { score: Math.min(1, (1 - left) / LARGEST), causes, missing };
}

export type FlashCrashLevel = 'clear' | 'watch' | 'alert';

export interface FlashCrashState {
  readonly level: FlashCrashLevel;
  /** Since when the score has been below the clearing level; null while it is not. */
  readonly calmSinceMs: number | null;
}

export const FLASH_CRASH_CLEAR: FlashCrashState = { level: 'clear', calmSinceMs: null };

const WATCH = 0.6;
const ALERT = 0.8;
const ALERT_DROP = 0.4;
const CALM = 0.5;
const CALM_MS = 60_000;

/**
 * The next state: watch from 0.6, alert from 0.8 with a drop cause of at least 0.4, cleared after 60 s below 0.5. A level
 * never falls before that.
 */
export function nextFlashCrashState(before: FlashCrashState, { score, causes }: FlashCrashScore, timeMs: number): FlashCrashState {
  const reached: FlashCrashLevel = score >= ALERT && (causes.drop ?? 0) >= ALERT_DROP ? 'alert' : score >= WATCH ? 'watch' : 'clear';
  const level = before.level === 'alert' || reached === 'clear' ? before.level : reached;
  if (score >= CALM || level === 'clear') return { level, calmSinceMs: null };
  const calmSinceMs = before.calmSinceMs ?? timeMs;
  return timeMs - calmSinceMs >= CALM_MS ? FLASH_CRASH_CLEAR : { level, calmSinceMs };
}

const mapped = (value: number | undefined, f: (value: number) => number): number | undefined => (value === undefined ? undefined : f(value));
