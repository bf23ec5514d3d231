/**
 * Runs the tests of the mathematics and writes docs/accuracy.md: how far our numbers are from those of established
 * programs. node tools/accuracy.ts
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AccuracyRecord } from '@nautilus/testkit';
import { page, table } from './generate/markdown.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'nautilus-accuracy-'));
const { status } = spawnSync(
  process.execPath,
  ['node_modules/.bin/jest', '--forceExit', '--selectProjects', 'unit', '--testPathPatterns', 'libs/quant'],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NAUTILUS_ACCURACY_DIR: folder, NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' } },
);
if (status !== 0) {
  console.error('A test of the mathematics failed: no table is written.');
  process.exit(1);
}

const records = readdirSync(folder)
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as AccuracyRecord)
  .sort((a, b) => a.reference.localeCompare(b.reference) || a.quantity.localeCompare(b.quantity));
const number = (value: number): string => (value === 0 ? '0' : value.toExponential(1));
const unmet = records.filter((record) => record.unmet !== undefined);
writeFileSync(
  join(root, 'docs/accuracy.md'),
  page(
    'Accuracy',
    `How far the numbers of \`libs/quant\` are from those of established programs, as its tests measured it: ${records.length} comparisons of ${records.reduce((sum, { values }) => sum + values, 0).toLocaleString('en')} values. Written by \`make accuracy\`; each row is asserted by a test.`,
    table(
      ['Reference', 'Quantity', 'Values', 'Largest deviation', 'Tolerance', ''],
      records.map(({ reference, quantity, values, largestDeviation, tolerance, kind, unmet: reason }) => [
        reference, quantity, values, number(largestDeviation), `${number(tolerance)} ${kind}`, reason === undefined ? 'met' : 'not met',
      ]),
    ),
    '## Not met',
    unmet.length === 0 ? 'None.' : table(['Reference', 'Quantity', 'Why'], unmet.map(({ reference, quantity, unmet: reason }) => [reference, quantity, reason ?? ''])),
  ),
);
console.log(`docs/accuracy.md: ${records.length} rows, ${unmet.length} not met`);
