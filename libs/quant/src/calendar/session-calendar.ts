import { InvalidInputError } from '@nautilus/model';

const MINUTE_MS = 60_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Trading time of one session date; the break, where there is one, lies inside. */
export interface ExchangeSession {
  /** Session date `YYYY-MM-DD`, which a session that opens the evening before does not share with its open. */
  readonly date: string;
  /** UTC milliseconds; the session holds its open and not its close. */
  readonly openMs: number;
  readonly closeMs: number;
  readonly breakStartMs?: number;
  readonly breakEndMs?: number;
}

/** Sessions of one exchange, looked up by binary search. Times are UTC; no zone rule is applied. */
export class SessionCalendar {
  readonly sessions: readonly ExchangeSession[];

  /** @throws InvalidInputError unless dates and times ascend, sessions do not overlap and breaks lie inside. */
  constructor(sessions: readonly ExchangeSession[]) {
    if (sessions.length === 0) throw new InvalidInputError([{ path: 'sessions', message: 'there are none' }]);
    sessions.forEach((session, i) => checkSession(session, sessions[i - 1], i));
    this.sessions = sessions.slice();
  }

  /** The session of a date; undefined on holidays and weekends. @throws InvalidInputError for dates outside the calendar. */
  sessionOf(date: string): ExchangeSession | undefined {
    this.#checkDate(date);
    const session = this.sessions[this.#firstFrom((s) => s.date >= date)];
    return session?.date === date ? session : undefined;
  }

  /** The first session of a later date; undefined at the end of the calendar. */
  nextSession(date: string): ExchangeSession | undefined {
    this.#checkDate(date);
    return this.sessions[this.#firstFrom((s) => s.date > date)];
  }

  /** The last session of an earlier date; undefined at the start of the calendar. */
  previousSession(date: string): ExchangeSession | undefined {
    this.#checkDate(date);
    return this.sessions[this.#firstFrom((s) => s.date >= date) - 1];
  }

  /** Sessions from one date to another, both included. */
  sessionsBetween(from: string, to: string): readonly ExchangeSession[] {
    this.#checkDate(from);
    this.#checkDate(to);
    return this.sessions.slice(this.#firstFrom((s) => s.date >= from), this.#firstFrom((s) => s.date > to));
  }

  /** The session that trades at a time; undefined when closed or in a break. @throws InvalidInputError for times outside the calendar. */
  sessionAt(timeMs: number): ExchangeSession | undefined {
    this.#checkTime(timeMs);
    const session = this.sessions[this.#firstFrom((s) => s.closeMs > timeMs)];
    if (session === undefined || timeMs < session.openMs) return undefined;
    return inBreak(session, timeMs) ? undefined : session;
  }

  /** The next time at or after `timeMs` at which trading starts, also after a break; undefined at the end of the calendar. */
  nextOpenMs(timeMs: number): number | undefined {
    this.#checkTime(timeMs);
    const i = this.#firstFrom((s) => s.closeMs > timeMs);
    const session = this.sessions[i];
    if (session === undefined || timeMs <= session.openMs) return session?.openMs;
    if (session.breakEndMs !== undefined && timeMs <= session.breakEndMs) return session.breakEndMs;
    return this.sessions[i + 1]?.openMs;
  }

  /** Sessions whose trading time is shorter than the calendar's median by more than `toleranceMs`. */
  shortSessions(toleranceMs = 30 * MINUTE_MS): readonly ExchangeSession[] {
    const lengths = Float64Array.from(this.sessions, tradingMs).sort();
    const usual = lengths[lengths.length >> 1] as number;
    return this.sessions.filter((session) => tradingMs(session) < usual - toleranceMs);
  }

  #firstFrom(holds: (session: ExchangeSession) => boolean): number {
    let low = 0;
    let high = this.sessions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.sessions[middle] as ExchangeSession)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #checkDate(date: string): void {
    const first = (this.sessions[0] as ExchangeSession).date;
    const last = (this.sessions.at(-1) as ExchangeSession).date;
    if (!DATE.test(date) || date < first || date > last) throw new InvalidInputError([{ path: 'date', message: `"${date}" is no date from ${first} to ${last}` }]);
  }

  #checkTime(timeMs: number): void {
    const first = (this.sessions[0] as ExchangeSession).openMs;
    const last = (this.sessions.at(-1) as ExchangeSession).closeMs;
    if (!(timeMs >= first && timeMs <= last)) throw new InvalidInputError([{ path: 'timeMs', message: `${timeMs} lies outside the calendar, ${first} to ${last}` }]);
  }
}

function checkSession(session: ExchangeSession, before: ExchangeSession | undefined, i: number): void {
  const { date, openMs, closeMs, breakStartMs, breakEndMs } = session;
  const fail = (message: string): never => {
    throw new InvalidInputError([{ path: `sessions.${i}`, message }]);
  };
  if (!DATE.test(date)) fail(`"${date}" is no date YYYY-MM-DD`);
  if (!(openMs < closeMs)) fail('the close is missing or not after the open');
  if ((breakStartMs === undefined) !== (breakEndMs === undefined)) fail('a break has a start and an end');
  if (breakStartMs !== undefined && breakEndMs !== undefined && !(openMs < breakStartMs && breakStartMs < breakEndMs && breakEndMs < closeMs)) fail('the break does not lie inside the session');
  if (before !== undefined && !(date > before.date && openMs >= before.closeMs)) fail('the session is unsorted, doubled or overlaps the one before');
}

function inBreak({ breakStartMs, breakEndMs }: ExchangeSession, timeMs: number): boolean {
  return breakStartMs !== undefined && breakEndMs !== undefined && timeMs >= breakStartMs && timeMs < breakEndMs;
}

/** Trading time without the break. */
export function tradingMs(session: ExchangeSession): number {
  return session.closeMs - session.openMs - ((session.breakEndMs ?? 0) - (session.breakStartMs ?? 0));
}

/** Starts of the trading minutes of a session, ascending, the break left out. */
export function minutesOfSession(session: ExchangeSession): Float64Array {
  const starts: number[] = [];
  for (let time = session.openMs; time < session.closeMs; time += MINUTE_MS) if (!inBreak(session, time)) starts.push(time);
  return Float64Array.from(starts);
}

/** Start of the bar that holds a time: the session's open plus whole bars. @throws InvalidInputError for times outside the session. */
export function anchoredBarStart(session: ExchangeSession, timeMs: number, barMs: number): number {
  if (!(barMs > 0)) throw new InvalidInputError([{ path: 'barMs', message: `${barMs} is no positive duration` }]);
  if (!(timeMs >= session.openMs && timeMs < session.closeMs)) throw new InvalidInputError([{ path: 'timeMs', message: `${timeMs} lies outside the session of ${session.date}` }]);
  return session.openMs + Math.floor((timeMs - session.openMs) / barMs) * barMs;
}
