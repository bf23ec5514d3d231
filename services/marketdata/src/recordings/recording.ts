import type { NumberColumn, TextColumn } from './columns.ts';

/** What a file holds. `minute_quote` are bars of the best bid and ask; `minute` and `daily` are bars of trades; `level2` are books. */
export const RECORDING_KINDS = ['trade', 'quote', 'minute', 'minute_quote', 'daily', 'level2'] as const;
export type RecordingKind = (typeof RECORDING_KINDS)[number];

export interface RecordingInfo {
  readonly kind: RecordingKind;
  readonly symbol: string;
  readonly venue: string;
  /** Name that every record of it bears as its source. */
  readonly source: string;
  /** Zone of the session date and of the wall times it was converted from. */
  readonly zone: string;
  /** `2013-10-07`; null for a file of daily bars, which spans many sessions. */
  readonly session: string | null;
  readonly rows: number;
  /** Messages in it: fewer than rows for books, whose rows are levels. */
  readonly events: number;
  /** Of the `time` column: event time, or the start of a bar; UTC milliseconds. */
  readonly minTimeMs: number;
  readonly maxTimeMs: number;
  /** Sequence of the first event; events count up from it. Rises with the session, so it is unique per source, symbol and kind. */
  readonly firstSeq: number;
  /** SHA-256 of the data: two files with the same one hold the same rows. */
  readonly contentId: string;
}

/**
 * One file in memory. Rows ascend by time; within equal times they stand as the source gave them. All columns
 * have `rows` entries.
 */
export interface Recording extends RecordingInfo {
  readonly numbers: ReadonlyMap<string, NumberColumn>;
  readonly texts: ReadonlyMap<string, TextColumn>;
}

export const NUMBER_COLUMNS: Readonly<Record<RecordingKind, readonly string[]>> = {
  trade: ['time', 'price', 'size', 'suspicious'],
  quote: ['time', 'bid', 'bid_size', 'ask', 'ask_size', 'suspicious'],
  minute: ['time', 'open', 'high', 'low', 'close', 'volume'],
  minute_quote: [
    'time', 'bid_open', 'bid_high', 'bid_low', 'bid_close', 'bid_size', 'ask_open', 'ask_high', 'ask_low', 'ask_close', 'ask_size',
  ],
  daily: ['time', 'open', 'high', 'low', 'close', 'volume'],
  level2: ['time', 'change', 'first', 'last', 'previous', 'starts', 'side', 'price', 'size'],
};

export const TEXT_COLUMNS: Readonly<Record<RecordingKind, readonly string[]>> = {
  trade: ['exchange', 'condition'],
  quote: ['exchange', 'condition'],
  minute: [],
  minute_quote: [],
  daily: [],
  level2: [],
};

const ROWS_PER_SESSION = 100_000_000;
const MS_PER_DAY = 86_400_000;

/** Room for a hundred million rows a session keeps the sequence rising from one session to the next. */
export function firstSequence(session: string | null): number {
  return session === null ? 0 : Math.floor(Date.parse(`${session}T00:00:00Z`) / MS_PER_DAY) * ROWS_PER_SESSION;
}
