import { InvalidInputError, NotFoundError, isoFromMs } from '@nautilus/model';
import type { Columns, ComputeRequest, Computed, Ran } from '@nautilus/compute';
import type { TradeSeries, VpinBatchParameters, VpinBatchResult, VpinBuckets } from '@nautilus/quant';
import type { VpinContext } from './host.ts';

/** About a second of calculation; more belongs into several calls. */
const MOST_TRADES = 1_000_000;

export interface BatchRequest {
  readonly symbol: string;
  /** Posted trades, or undefined for the stored ones of the range. */
  readonly trades: readonly { readonly timestamp: string; readonly price: number; readonly size: number }[] | undefined;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly parameters: Partial<VpinBatchParameters>;
}

/** Runs the reference algorithm over posted or stored trades. NotFoundError when none is stored for the symbol. */
export async function runVpinBatch(request: BatchRequest, context: VpinContext): Promise<{ readonly result: VpinBatchResult; readonly ran: Ran }> {
  const series = await seriesOf(request, context);
  const { value, columns, ran } = await computed({ kind: 'vpin_batch', parameters: request.parameters, columns: columnsOf(series) }, context);
  const { vpin, ...buckets } = columns as Omit<VpinBuckets, 'vpin'> & { readonly vpin: Float64Array };
  const figures = value as Omit<VpinBatchResult, 'buckets'>;
  return { result: { ...figures, buckets: { ...buckets, vpin: Array.from(vpin, (one) => (Number.isNaN(one) ? null : one)) } }, ran };
}

const columnsOf = ({ timesMs, prices, sizes }: TradeSeries): Columns => ({ timesMs, prices, sizes });

async function computed(request: ComputeRequest, { state }: VpinContext): Promise<Computed> {
  const answer = await state.vpin.compute.run(request);
  state.vpin.timings.batches.add(answer.ran.processing_time_ms);
  return answer;
}

export interface SensitivityGrid {
  readonly barSeconds: readonly number[];
  readonly bucketsPerDay: readonly number[];
  readonly sampleLength: readonly number[];
}

export interface SensitivityRow {
  readonly bar_seconds: number;
  readonly buckets_per_day: number;
  readonly sample_length: number;
  readonly buckets: number;
  readonly last: number | null;
  readonly mean: number | null;
  readonly largest: number | null;
  readonly reason?: 'insufficient_history';
}

/** The batch algorithm under every combination of the grid. */
export async function vpinSensitivity(request: BatchRequest, grid: SensitivityGrid, context: VpinContext): Promise<{ readonly rows: readonly SensitivityRow[]; readonly ran: Ran }> {
  const series = await seriesOf(request, context);
  const { columns, ran } = await computed({ kind: 'vpin_sweep', parameters: grid, columns: columnsOf(series) }, context);
  const at = (name: string, row: number): number => columns[name]?.[row] ?? NaN;
  const known = (name: string, row: number): number | null => (Number.isNaN(at(name, row)) ? null : at(name, row));
  const rows = Array.from(columns['barSeconds'] ?? [], (barSeconds, row): SensitivityRow => ({
    bar_seconds: barSeconds, buckets_per_day: at('bucketsPerDay', row), sample_length: at('sampleLength', row), buckets: at('buckets', row),
    last: known('last', row), mean: known('mean', row), largest: known('largest', row),
    ...(known('last', row) === null ? { reason: 'insufficient_history' as const } : {}),
  }));
  return { rows, ran };
}

export interface BandOptions {
  readonly level: number;
  readonly replications: number;
  readonly meanBlock: number | undefined;
  readonly seed: number;
  readonly points: number;
}

export interface BandRow {
  readonly bucket: number;
  readonly end_time: string;
  readonly vpin: number;
  readonly low: number;
  readonly high: number;
  readonly standard_error: number;
}

export interface BandFigures {
  readonly parameters: VpinBatchParameters;
  readonly trades: number;
  readonly buckets: number;
  readonly bucketVolume: number;
  readonly meanBlock: number;
}

/** Batch VPIN with bootstrap bands around its newest values. */
export async function vpinBands(request: BatchRequest, { meanBlock, ...options }: BandOptions, context: VpinContext): Promise<{ readonly figures: BandFigures; readonly rows: readonly BandRow[]; readonly ran: Ran }> {
  const series = await seriesOf(request, context);
  const parameters = { batch: request.parameters, ...options, ...(meanBlock === undefined ? {} : { meanBlock }) };
  const { value, columns, ran } = await computed({ kind: 'vpin_bands', parameters, columns: columnsOf(series) }, context);
  const at = (name: string, row: number): number => columns[name]?.[row] ?? NaN;
  const rows = Array.from(columns['bucket'] ?? [], (bucket, row): BandRow => ({
    bucket: bucket + 1, end_time: isoFromMs(at('endMs', row)), vpin: at('vpin', row), low: at('low', row), high: at('high', row), standard_error: at('standardError', row),
  }));
  return { figures: value as BandFigures, rows, ran };
}

async function seriesOf(request: BatchRequest, context: VpinContext): Promise<TradeSeries> {
  const series = request.trades === undefined ? await stored(request, context) : posted(request.trades);
  if (series.timesMs.length > MOST_TRADES) {
    throw new InvalidInputError([{ path: 'trades', message: `${series.timesMs.length} trades; at most ${MOST_TRADES} are taken at once` }]);
  }
  return series;
}

async function stored({ symbol, from, to }: BatchRequest, context: VpinContext): Promise<TradeSeries> {
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const series = await context.store.market.tradeColumns(symbol, range);
  if (series.timesMs.length > 0) return series;
  const active = context.state.vpin.books.symbols();
  throw new NotFoundError('symbol', `no trades of ${symbol} are stored in the range`, { active });
}

function posted(trades: NonNullable<BatchRequest['trades']>): TradeSeries {
  return {
    timesMs: Float64Array.from(trades, (trade) => Date.parse(trade.timestamp)),
    prices: Float64Array.from(trades, (trade) => trade.price),
    sizes: Float64Array.from(trades, (trade) => trade.size),
  };
}

/** Buckets and days of a batch result as rows. */
export function vpinBatchRows({ buckets, daily }: VpinBatchResult): {
  buckets: { bucket: number; start_time: string; end_time: string; duration_seconds: number; buy_volume: number; sell_volume: number; order_imbalance: number; vpin: number | null }[];
  daily: { day: string; dvpin: number | null; dwvpin: number | null }[];
} {
  return {
    buckets: buckets.vpin.map((vpin, i) => ({
      bucket: i + 1,
      start_time: isoFromMs(buckets.startMs[i] ?? 0),
      end_time: isoFromMs(buckets.endMs[i] ?? 0),
      duration_seconds: buckets.durationSeconds[i] ?? 0,
      buy_volume: buckets.buyVolume[i] ?? 0,
      sell_volume: buckets.sellVolume[i] ?? 0,
      order_imbalance: buckets.imbalance[i] ?? 0,
      vpin,
    })),
    daily: daily.map((day) => ({ day: isoFromMs(day.dayMs).slice(0, 10), dvpin: day.mean, dwvpin: day.durationWeighted })),
  };
}

/** The last VPIN of a batch with what stands beside it: null where the trades do not fill the sample. */
export function vpinBatchSummary({ buckets, parameters }: VpinBatchResult): {
  vpin: number | null; reason?: string; toxicity_score: number | null; volume_imbalance: number;
} {
  const values = buckets.vpin.filter((value) => value !== null);
  const last = values.at(-1);
  const from = Math.max(0, buckets.vpin.length - parameters.sampleLength);
  let bought = 0;
  let total = 0;
  for (let i = from; i < buckets.vpin.length; i++) {
    bought += buckets.buyVolume[i] ?? 0;
    total += (buckets.buyVolume[i] ?? 0) + (buckets.sellVolume[i] ?? 0);
  }
  return {
    vpin: last ?? null,
    ...(last === undefined ? { reason: buckets.vpin.length > 1 ? 'insufficient_history' : 'below_one_bucket' } : {}),
    toxicity_score: last === undefined ? null : values.filter((value) => value <= last).length / values.length,
    volume_imbalance: total === 0 ? 0 : (2 * bought - total) / total,
  };
}
