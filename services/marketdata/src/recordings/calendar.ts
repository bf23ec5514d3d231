import { gunzipSync } from 'node:zlib';
import { CorruptDataError, msFromIso } from '@nautilus/model';

export interface Session {
  /** `2013-10-07` */
  readonly date: string;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
}

/** Sessions of one exchange, early closes included, as recorded; nothing is derived from a rule. */
export class ExchangeCalendar {
  readonly sessions: readonly Session[];
  readonly #byDate: ReadonlyMap<string, Session>;

  constructor(sessions: readonly Session[]) {
    this.sessions = sessions;
    this.#byDate = new Map(sessions.map((session) => [session.date, session]));
  }

  /** Undefined on a day without a session. */
  on(date: string): Session | undefined {
    return this.#byDate.get(date);
  }
}

const HEADER = ',open,close,break_start,break_end';

/** Reads `session,open,close,break_start,break_end` (ISO UTC) packed by gzip. Throws CorruptDataError naming `file`. */
export function readCalendar(packed: Buffer, file: string): ExchangeCalendar {
  let text: string;
  try {
    text = gunzipSync(packed).toString('utf8');
  } catch {
    throw new CorruptDataError(`${file}: the data cannot be unpacked`);
  }
  const [header, ...lines] = text.trimEnd().split(/\r?\n/);
  if (header !== HEADER) throw new CorruptDataError(`${file}: not a calendar (its header is "${header}")`);
  return new ExchangeCalendar(lines.map((line, index) => readSession(line, `${file}:${index + 2}`)));
}

function readSession(line: string, where: string): Session {
  const [day, open, close] = line.split(',');
  const opensAtMs = msFromIso(open ?? '');
  const closesAtMs = msFromIso(close ?? '');
  if (day === undefined || opensAtMs === undefined || closesAtMs === undefined || closesAtMs <= opensAtMs) {
    throw new CorruptDataError(`${where}: a session needs a date, an opening and a later closing time`);
  }
  return { date: day.slice(0, 10), opensAtMs, closesAtMs };
}
