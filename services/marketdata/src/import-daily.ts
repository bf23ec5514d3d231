import type { JobRun } from '@nautilus/engine';
import type { Bar } from '@nautilus/model';
import type { IngestRun, MarketRepository } from '@nautilus/store';
import type { Context } from './context.ts';
import type { CatalogueEntry } from './recordings/catalogue.ts';
import type { Recording } from './recordings/recording.ts';

export const IMPORT_DAILY = 'import-daily';
const DAY_MS = 86_400_000;
const BATCH = 1_000;

/** Daily recordings that no finished run has brought into the store. */
export async function missingDailyFiles(context: Context): Promise<readonly CatalogueEntry[]> {
  const finished = await finishedRuns(context.store.market);
  return context.state.library.entries.filter((entry) => entry.kind === 'daily' && !finished.has(runId(entry)));
}

/** Brings the daily bars into the store. A repeat leaves the same rows; a damaged file is recorded and the others go on. */
export async function importDaily(run: JobRun, context: Context): Promise<{ readonly files: number; readonly bars: number }> {
  const files = await missingDailyFiles(context);
  let bars = 0;
  for (const [index, entry] of files.entries()) {
    bars += await importFile(entry, run, (fraction) => run.progress((index + fraction) / files.length), context);
  }
  return { files: files.length, bars };
}

async function importFile(entry: CatalogueEntry, run: JobRun, progress: (fraction: number) => void, context: Context): Promise<number> {
  const { market } = context.store;
  const startedAt = context.clock.now();
  const record: IngestRun = { id: runId(entry), source: entry.source, what: `daily bars of ${entry.symbol}`, startedAt, finishedAt: null, accepted: 0, rejected: 0, error: null };
  await market.recordIngestRun(record);
  const recording = await context.state.library.load(entry);
  if (recording === undefined) {
    await market.recordIngestRun({ ...record, finishedAt: context.clock.now(), error: 'the file is damaged' });
    return 0;
  }
  for (let from = 0; from < recording.rows; from += BATCH) {
    run.signal.throwIfAborted();
    await market.appendBars(dailyBars(recording, from, Math.min(recording.rows, from + BATCH)));
    progress(Math.min(1, (from + BATCH) / recording.rows));
  }
  await market.recordIngestRun({ ...record, finishedAt: context.clock.now(), accepted: recording.rows });
  return recording.rows;
}

/** A daily bar spans its session date in UTC, whatever the hours of the exchange were. */
function dailyBars(recording: Recording, from: number, to: number): readonly Bar[] {
  const column = (name: string): Float64Array => recording.numbers.get(name) ?? new Float64Array();
  const [time, open, high, low, close, volume] = [column('time'), column('open'), column('high'), column('low'), column('close'), column('volume')];
  const bars: Bar[] = [];
  for (let row = from; row < to; row += 1) {
    const start = time[row] ?? NaN;
    bars.push({
      symbol: recording.symbol, venue: recording.venue, timeframe: '1d', start_ms: start, end_ms: start + DAY_MS,
      open: open[row] ?? NaN, high: high[row] ?? NaN, low: low[row] ?? NaN, close: close[row] ?? NaN, volume: volume[row] ?? NaN,
      trade_count: null, vwap: null, is_final: true, revision: 0, source: recording.source, provenance: 'replay', run_id: null,
    });
  }
  return bars;
}

async function finishedRuns(market: MarketRepository): Promise<ReadonlySet<string>> {
  const finished = new Set<string>();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<MarketRepository['ingestRuns']>> = await market.ingestRuns({ limit: 1000, ...(cursor === null ? {} : { cursor }) });
    for (const run of page.items) if (run.finishedAt !== null && run.error === null) finished.add(run.id);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return finished;
}

/** Changes with the content: a longer or corrected file is imported again. */
function runId(entry: CatalogueEntry): string {
  return `daily:${entry.source}:${entry.symbol}:${entry.contentId.slice(0, 16)}`;
}
