import type { BookLevel } from '@nautilus/quant';
import type { RecordedChange } from '../book-change.ts';
import { csvRows, neighbours, type CsvRow } from './csv-rows.ts';

export const TARDIS_INCREMENTAL_COLUMNS = 'exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount';
export const TARDIS_SNAPSHOT_START = 'exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount';

/** Times are microseconds. */
const US_PER_MS = 1000;

/**
 * Tardis `incremental_book_L2` files, e.g. of Deribit: a row per level, messages told apart by their time of arrival,
 * `is_snapshot` rows before the changes, amount 0 deletes. The files carry no update ids: messages are numbered from 1 on.
 * Throws InvalidInputError naming the line.
 */
export function readTardisIncremental(content: string, file: string): readonly RecordedChange[] {
  // A snapshot may have arrived in several parts; changes of two messages never arrive at the same microsecond.
  const messageOf = (row: CsvRow): string => [row.text('symbol'), row.text('is_snapshot') === 'true' ? 'snapshot' : row.text('local_timestamp')].join();
  return neighbours(csvRows(content, file), messageOf).flatMap((rows, index) => {
    const [head] = rows;
    if (head === undefined) return [];
    const side = (name: string): BookLevel[] => rows.filter((row) => row.text('side') === name).map((row) => ({ price: row.number('price'), size: row.number('amount') }));
    return [numbered(head, index + 1, head.text('is_snapshot') === 'true', side('bid'), side('ask'))];
  });
}

/** Tardis `book_snapshot_N` files: each row is a whole book of N levels. Throws InvalidInputError naming the line. */
export function readTardisSnapshots(content: string, file: string): readonly RecordedChange[] {
  const count = content.split(/\r?\n/, 1)[0]?.match(/bids\[\d+\]\.price/g)?.length ?? 0;
  return csvRows(content, file).map((row, index) => {
    const side = (name: string): BookLevel[] => Array.from({ length: count }, (_, place) => `${name}[${place}]`)
      // A book that is shorter than the columns leaves them empty.
      .filter((level) => row.text(`${level}.price`) !== '')
      .map((level) => ({ price: row.number(`${level}.price`), size: row.number(`${level}.amount`) }));
    return numbered(row, index + 1, true, side('bids'), side('asks'));
  });
}

function numbered(row: CsvRow, id: number, isSnapshot: boolean, bids: readonly BookLevel[], asks: readonly BookLevel[]): RecordedChange {
  return { symbol: row.text('symbol'), timeMs: row.number('timestamp') / US_PER_MS, isSnapshot, first: id, last: id, previous: null, bids, asks, allowGap: false };
}
