import cliProgress from 'cli-progress';
import type { Clock } from '@nautilus/model';
import type { BackupProgress } from '@nautilus/store';

export interface Output {
  readonly isTerminal: boolean;
  write(text: string): void;
}

/** Shows how far a long piece of work is. */
export interface Progress {
  update(progress: BackupProgress): void;
  end(): void;
}

const PLAIN_EVERY_MS = 5_000;

/** A bar on a terminal; elsewhere a line every five seconds. */
export function showProgress(title: string, output: Output, stream: NodeJS.WritableStream, clock: Pick<Clock, 'monotonic'>): Progress {
  return output.isTerminal ? barProgress(title, stream) : plainProgress(title, output, clock);
}

const grouped = (count: number): string => count.toLocaleString('en-GB');

function barProgress(title: string, stream: NodeJS.WritableStream): Progress {
  const bar = new cliProgress.SingleBar(
    { format: `${title} {bar} {percentage} % | {shown} rows | {table}`, stream, clearOnComplete: true, hideCursor: true, etaBuffer: 50 },
    cliProgress.Presets.shades_classic,
  );
  let begun = false;
  return {
    update({ table, rows, rowsExpected, tables, tablesDone }) {
      const [value, total] = rowsExpected === undefined ? [tablesDone, tables] : [rows, rowsExpected];
      const payload = { table, shown: grouped(rows) };
      if (begun) bar.update(value, payload);
      else bar.start(total, value, payload);
      begun = true;
    },
    end: () => bar.stop(),
  };
}

function plainProgress(title: string, output: Output, clock: Pick<Clock, 'monotonic'>): Progress {
  let lastMs = clock.monotonic();
  return {
    update({ table, rows, rowsExpected, tables, tablesDone }) {
      if (clock.monotonic() - lastMs < PLAIN_EVERY_MS) return;
      lastMs = clock.monotonic();
      const of = rowsExpected === undefined ? '' : ` of ${grouped(rowsExpected)}`;
      output.write(`${title}: ${grouped(rows)}${of} rows, table ${tablesDone + 1} of ${tables} (${table})\n`);
    },
    end: () => undefined,
  };
}
