import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { sharedData } from '@nautilus/testkit';

/** Recordings of days go through whole engines here, beside other work on the same machine. */
export const LIMIT_MS = 600_000;
export const PATIENCE = { deadlineMs: 120_000, intervalMs: 100 } as const;

/** Text of a reference file, packed or not. */
export function referenceText(path: string): string {
  const bytes = readFileSync(sharedData(path));
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

/** Rows of a reference CSV file without its header. Cells are trimmed: some files pad numbers with blanks. */
export function referenceRows(path: string): string[][] {
  return referenceText(path).trim().split('\n').slice(1).map((line) => line.split(',').map((cell) => cell.trim()));
}
