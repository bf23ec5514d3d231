import { InvalidInputError, isoFromMs, msFromIso, NotFoundError, type EpochMs } from '@nautilus/model';
import { MINUTE_MS } from './events.ts';
import type { Library, SessionPlan } from './recordings/library.ts';

/** What is to be replayed: chosen once, before a run. Both ends are inclusive. */
export interface ReplayRange {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  /** As asked; undefined means all that is recorded. */
  readonly chosen: readonly string[] | undefined;
  /** Recorded for these symbols, before, in and after the range. */
  readonly sessions: readonly SessionPlan[];
}

export interface RangeRequest {
  /** ISO time, or a date for the whole session; undefined: the newest session with recorded trades. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly symbols: readonly string[] | undefined;
}

/** Undefined when nothing at all is recorded. Throws NotFoundError for an unknown symbol, InvalidInputError for an empty range. */
export function planRange(library: Library, request: RangeRequest): ReplayRange | undefined {
  const { chosen, sessions } = planSymbols(library, request.symbols);
  const newest = sessions.findLast(({ trades }) => trades > 0) ?? sessions.at(-1);
  if (newest === undefined) return undefined;
  const fromMs = request.from === undefined ? undefined : toTime(request.from, 'from', sessions, 'firstMs');
  const toMs = request.to === undefined ? undefined : toTime(request.to, 'to', sessions, 'lastMs');
  const from = fromMs ?? (toMs === undefined ? newest.firstMs : (sessions.findLast(({ firstMs }) => firstMs <= toMs)?.firstMs ?? toMs));
  const to = toMs ?? (fromMs === undefined ? newest.lastMs : Math.max(newest.lastMs, sessions.find(({ lastMs }) => lastMs >= fromMs)?.lastMs ?? fromMs));
  const range = { fromMs: from, toMs: to, chosen, sessions };
  if (from > to || sessionsIn(range).length === 0) {
    throw new InvalidInputError([{ path: 'from', message: `nothing is recorded from ${isoFromMs(from)} to ${isoFromMs(to)}; ${recordedText(sessions)}` }]);
  }
  return range;
}

/** Throws NotFoundError for an unknown symbol, InvalidInputError for an empty list. */
export function planSymbols(library: Library, symbols: readonly string[] | undefined): Pick<ReplayRange, 'chosen' | 'sessions'> {
  const chosen = symbols === undefined ? undefined : checkedSymbols(library, symbols);
  return { chosen, sessions: library.sessions(chosen) };
}

export function sessionsIn({ sessions, fromMs, toMs }: Pick<ReplayRange, 'sessions' | 'fromMs' | 'toMs'>): readonly SessionPlan[] {
  return sessions.filter(({ firstMs, lastMs }) => lastMs >= fromMs && firstMs <= toMs);
}

/**
 * Where a run at `positionMs` begins to rebuild what engines know: so many sessions before that of the position;
 * with none, the minute of the position, because a bar without its first trades would be wrong.
 */
export function prerollFrom({ sessions }: Pick<ReplayRange, 'sessions'>, positionMs: EpochMs, prerollSessions: number): EpochMs {
  if (prerollSessions === 0) return positionMs - (positionMs % MINUTE_MS);
  const own = sessions.findIndex(({ lastMs }) => lastMs >= positionMs);
  const first = sessions[Math.max(0, (own === -1 ? sessions.length : own) - prerollSessions)];
  return Math.min(positionMs, first?.firstMs ?? positionMs);
}

/** Throws InvalidInputError for a position outside the range. */
export function checkedPosition(range: ReplayRange, positionMs: EpochMs): EpochMs {
  if (positionMs < range.fromMs || positionMs > range.toMs) {
    throw new InvalidInputError([{ path: 'position', message: `outside the replayed range from ${isoFromMs(range.fromMs)} to ${isoFromMs(range.toMs)}` }]);
  }
  return positionMs;
}

function checkedSymbols(library: Library, symbols: readonly string[]): readonly string[] {
  const known = library.symbols;
  const unknown = symbols.filter((symbol) => !known.includes(symbol));
  if (unknown.length > 0) {
    throw new NotFoundError('symbol', `no recording of ${unknown.join(', ')}; recorded are ${known.join(', ')}`, { unknown, recorded: known });
  }
  if (symbols.length === 0) throw new InvalidInputError([{ path: 'symbols', message: 'at least one symbol is needed' }]);
  return [...new Set(symbols)].sort();
}

function toTime(text: string, path: string, sessions: readonly SessionPlan[], end: 'firstMs' | 'lastMs'): EpochMs {
  const ms = msFromIso(text);
  if (ms !== undefined) return ms;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new InvalidInputError([{ path, message: 'neither an ISO 8601 time with an offset nor a date' }]);
  const session = end === 'firstMs' ? sessions.find(({ date }) => date >= text) : sessions.findLast(({ date }) => date <= text);
  if (session === undefined) throw new InvalidInputError([{ path, message: `no session is recorded there; ${recordedText(sessions)}` }]);
  return session[end];
}

function recordedText(sessions: readonly SessionPlan[]): string {
  return `recorded are ${sessions.map(({ date }) => date).join(', ')}`;
}
