import type { EpochMs } from '@nautilus/model';
import type { BarRecord, FactRecord, ObservationRecord, QuoteRecord } from '../sources/records.ts';

/**
 * What of an answer was not told before. Each function gets the mark of the answer before, undefined at first, and
 * gives the mark to keep. Marks are plain JSON: they outlive the process.
 */
export interface News<R, Mark> {
  readonly fresh: readonly R[];
  readonly mark: Mark;
}

/** A bar whose end lies less than this behind may still change at the source. */
const SETTLED_MS = 15_000;

/** Complete and settled bars after the last one that was told. `mark` is the start of that one. */
export function newBars(records: readonly BarRecord[], mark: number | undefined, lengthMs: number, nowMs: EpochMs): News<BarRecord, number | undefined> {
  const fresh = records
    .filter(({ start, open, high, low, close, volume }) =>
      start > (mark ?? -Infinity) && start + lengthMs + SETTLED_MS <= nowMs && [open, high, low, close, volume].every((value) => value !== null))
    .sort((a, b) => a.start - b.start)
    .filter(({ start }, index, sorted) => start !== sorted[index - 1]?.start);
  return { fresh, mark: fresh.at(-1)?.start ?? mark };
}

/** A quote with a side, unless it says what the one before said. */
export function newQuotes(records: readonly QuoteRecord[], mark: string | undefined): News<QuoteRecord, string | undefined> {
  const record = records[0];
  if (record === undefined || (record.bid === null && record.ask === null)) return { fresh: [], mark };
  const told = JSON.stringify([record.time, record.bid, record.bidSize, record.ask, record.askSize, record.condition]);
  return { fresh: told === mark ? [] : [record], mark: told };
}

export type Values = Readonly<Record<string, number | null>>;

/** Values of periods that were not told or were told differently. The mark holds the periods of this answer. */
export function newObservations(records: readonly ObservationRecord[], mark: Values = {}): News<ObservationRecord, Values> {
  return { fresh: records.filter(({ date, value }) => mark[date] !== value), mark: Object.fromEntries(records.map(({ date, value }) => [date, value])) };
}

/** Facts of filings that were not told. A filing never changes, so its number is enough. */
export function newFacts(records: readonly FactRecord[], mark: readonly string[] = []): News<FactRecord, readonly string[]> {
  const told = new Set(mark);
  return { fresh: records.filter(({ accession }) => !told.has(accession)), mark: [...new Set([...mark, ...records.map(({ accession }) => accession)])] };
}
