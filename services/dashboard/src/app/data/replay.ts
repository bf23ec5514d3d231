import { isoMillis, isRecord, list, number, text } from './read.ts';

/** `seeking`: what came before the position is being sent, so that the engines reach the right state. */
type ReplayPhase = 'idle' | 'seeking' | 'playing' | 'paused' | 'finished';

interface ReplaySession {
  readonly date: string;
  readonly symbols: readonly string[];
  readonly trades: number | null;
  readonly quotes: number | null;
  readonly bars: number | null;
}

export interface ReplayState {
  readonly phase: ReplayPhase;
  /** Multiple of real time; 0 = as fast as consumers acknowledge. */
  readonly speed: number;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly positionMs: number | null;
  readonly symbols: readonly string[];
  readonly loop: boolean;
  readonly eventsTotal: number | null;
  readonly eventsSent: number | null;
  /** Share of the seek that is done while `seeking`, 0..1. */
  readonly progress: number | null;
  readonly sessions: readonly ReplaySession[];
}

export const replaySpeeds = [1, 10, 60, 600, 0] as const;

const phases: readonly ReplayPhase[] = ['idle', 'seeking', 'playing', 'paused', 'finished'];

/** Answer of `GET /replay` and `POST /replay`. */
export function readReplay(data: unknown): ReplayState | undefined {
  if (!isRecord(data)) return undefined;
  const phase = phases.find((known) => known === data['state']);
  if (phase === undefined) return undefined;
  return {
    phase,
    speed: number(data['speed']) ?? 1,
    fromMs: isoMillis(data['from']),
    toMs: isoMillis(data['to']),
    positionMs: isoMillis(data['position']),
    symbols: strings(data['symbols']),
    loop: data['loop'] === true,
    eventsTotal: number(data['events_total']),
    eventsSent: number(data['events_sent']),
    progress: number(data['progress']),
    sessions: list(data['sessions']).filter(isRecord).map((session) => ({
      date: text(session['date']) ?? '',
      symbols: strings(session['symbols']),
      trades: number(session['trades']),
      quotes: number(session['quotes']),
      bars: number(session['bars']),
    })),
  };
}

function strings(value: unknown): readonly string[] {
  return list(value).filter((item): item is string => typeof item === 'string');
}

/** How far `ms` lies between from and to, 0..1; null when the range is unknown or empty. */
export function fractionAt({ fromMs, toMs }: ReplayState, ms: number | null): number | null {
  if (fromMs === null || toMs === null || ms === null || toMs <= fromMs) return null;
  return Math.min(1, Math.max(0, (ms - fromMs) / (toMs - fromMs)));
}

/** True when the replay stands clearly before where it stood: someone sought back, or it looped. */
export function wentBack(beforeMs: number | null, nowMs: number | null): boolean {
  return beforeMs !== null && nowMs !== null && nowMs < beforeMs - 1_000;
}
