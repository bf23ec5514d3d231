import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';

/** One row of docs/accuracy.md: how far our numbers are from those of an established program. */
export interface AccuracyRecord {
  /** Program, or paper, with its version when known: `TA-Lib`, `PyPortfolioOpt`. */
  readonly reference: string;
  readonly quantity: string;
  /** How many numbers were compared. */
  readonly values: number;
  readonly largestDeviation: number;
  readonly tolerance: number;
  readonly kind: 'relative' | 'absolute';
  /** Why the reference cannot be met; the row stays in the table. */
  readonly unmet?: string;
}

/**
 * Leaves a row for `tools/generate.ts`-made tables in the folder that NAUTILUS_ACCURACY_DIR names; without it nothing is
 * written. One file per row, named after its content's key, so that parallel workers never write the same one.
 */
export function recordAccuracy(record: AccuracyRecord): void {
  const folder = process.env['NAUTILUS_ACCURACY_DIR'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const key = createHash('sha256').update(`${record.reference}\n${record.quantity}`).digest('hex').slice(0, 16);
  writeFileSync(join(folder, `${key}.json`), `${JSON.stringify(record)}\n`);
}
