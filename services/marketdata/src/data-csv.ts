import { columnsOf, flat } from './data-columns.ts';
import type { DataQuery } from './data-query.ts';
import type { WireRecord } from './wire-event.ts';

/**
 * Stored records as comma-separated values (RFC 4180): a line of names, then a line per record. What is missing is
 * empty.
 */
export async function* csvOf(query: Pick<DataQuery, 'data_type' | 'join'>, pages: AsyncIterable<readonly WireRecord[]>): AsyncGenerator<string, void, undefined> {
  const columns = columnsOf(query);
  let names = line(columns);
  for await (const records of pages) {
    yield names + records.map(flat).map((record) => line(columns.map((column) => field(record, column)))).join('');
    names = '';
  }
}

function field(record: WireRecord, column: string): string {
  const value = record[column];
  return value === undefined || value === null ? '' : String(value);
}

function line(fields: readonly string[]): string {
  return `${fields.map((text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',')}\r\n`;
}
