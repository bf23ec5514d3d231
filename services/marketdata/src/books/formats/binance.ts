import type { BookLevel } from '@nautilus/quant';
import type { RecordedChange } from '../book-change.ts';
import { csvRows, neighbours, type CsvRow } from './csv-rows.ts';

export const BINANCE_COLUMNS = 'symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu';

/**
 * Binance depth files (data.binance.vision): a row per level, `snap` rows for the book and `set` rows for changes; U, u and
 * pu are `first_update_id`, `last_update_id` and `pu`, which is -1 where there is none. Throws InvalidInputError naming the line.
 */
export function readBinance(content: string, file: string): readonly RecordedChange[] {
  const messageOf = (row: CsvRow): string => ['symbol', 'timestamp', 'first_update_id', 'last_update_id', 'update_type'].map((name) => row.text(name)).join();
  return neighbours(csvRows(content, file), messageOf).flatMap((rows): RecordedChange[] => {
    const [head] = rows;
    if (head === undefined) return [];
    const side = (letter: string): BookLevel[] => rows.filter((row) => row.text('side') === letter).map((row) => ({ price: row.number('price'), size: row.number('qty') }));
    const isSnapshot = head.text('update_type') === 'snap';
    const previous = head.number('pu');
    return [{
      symbol: head.text('symbol'), timeMs: head.number('timestamp'), isSnapshot, allowGap: false,
      first: head.number('first_update_id'), last: head.number('last_update_id'), previous: isSnapshot || previous < 0 ? null : previous,
      bids: side('b'), asks: side('a'),
    }];
  });
}
