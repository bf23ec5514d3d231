import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { sharedData } from '@nautilus/testkit';

/** Recordings of days go through whole engines here, beside other work on the same machine. */
export const LIMIT_MS = 600_000;
export const PATIENCE = { deadlineMs: LIMIT_MS - 60_000, intervalMs: 100 } as const;

/** Text of a reference file, packed or not. */
export function referenceText(path: string): string {
  const bytes = readFileSync(sharedData(path));
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

/** Rows of a reference CSV file without its header. Cells are trimmed: some files pad numbers with blanks. */
export function referenceRows(path: string): string[][] {
  return referenceText(path).trim().split('\n').slice(1).map((line) => line.split(',').map((cell) => cell.trim()));
}

/** Sends all in order, many at a time: a publication is over when its buffer was flushed. */
export async function sendAll<T>(items: readonly T[], send: (item: T, index: number) => Promise<unknown>): Promise<void> {
  const AT_ONCE = 1_000;
  for (let from = 0; from < items.length; from += AT_ONCE) await Promise.all(items.slice(from, from + AT_ONCE).map((item, i) => send(item, from + i)));
}
