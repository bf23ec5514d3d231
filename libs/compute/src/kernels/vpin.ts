import { z } from 'zod';
import { vpinBandSteps, vpinBatch, type TradeSeries, type VpinBatchParameters } from '@nautilus/quant';
import type { Columns } from '../columns.ts';
import { columnOf, kernel } from '../kernel.ts';

const batchParameters = z.object({
  barSeconds: z.number().optional(),
  bucketsPerDay: z.number().optional(),
  sampleLength: z.number().optional(),
  tradingHours: z.number().optional(),
  priceChange: z.enum(['intrabar', 'close_to_close']).optional(),
  distribution: z.enum(['normal', 'student_t']).optional(),
});

const tradesOf = (columns: Columns): TradeSeries => ({ timesMs: columnOf(columns, 'timesMs'), prices: columnOf(columns, 'prices'), sizes: columnOf(columns, 'sizes') });

const given = (parameters: z.infer<typeof batchParameters>): Partial<VpinBatchParameters> => Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined)) as Partial<VpinBatchParameters>;

/** The reference algorithm over columns `timesMs`, `prices`, `sizes`: a VpinBatchResult, its buckets as columns, a null VPIN as NaN. */
export const vpinBatchKernel = kernel(batchParameters, function* (parameters, columns) {
  const { buckets, daily, ...figures } = vpinBatch(tradesOf(columns), given(parameters));
  const { vpin, ...rest } = buckets;
  return { value: { ...figures, daily: [...daily] }, columns: { ...rest, vpin: Float64Array.from(vpin, (value) => value ?? NaN) } };
});

const gridParameters = z.object({ barSeconds: z.array(z.number()), bucketsPerDay: z.array(z.number()), sampleLength: z.array(z.number()) });

/** The batch under every combination of the grid, the last parameter fastest: columns with a row per combination, NaN where no sample fills. */
export const vpinSweepKernel = kernel(gridParameters, function* (grid, columns) {
  const trades = tradesOf(columns);
  const rows: { barSeconds: number; bucketsPerDay: number; sampleLength: number; buckets: number; last: number; mean: number; largest: number }[] = [];
  for (const barSeconds of grid.barSeconds) {
    for (const bucketsPerDay of grid.bucketsPerDay) {
      for (const sampleLength of grid.sampleLength) {
        const { vpin } = vpinBatch(trades, { barSeconds, bucketsPerDay, sampleLength }).buckets;
        const values = vpin.filter((value) => value !== null);
        rows.push({
          barSeconds, bucketsPerDay, sampleLength, buckets: vpin.length,
          last: values.at(-1) ?? NaN,
          mean: values.reduce((sum, value) => sum + value, 0) / values.length,
          largest: values.length === 0 ? NaN : values.reduce((most, value) => Math.max(most, value), 0),
        });
        yield;
      }
    }
  }
  const column = (name: keyof (typeof rows)[number]): Float64Array => Float64Array.from(rows, (row) => row[name]);
  return {
    value: null,
    columns: {
      barSeconds: column('barSeconds'), bucketsPerDay: column('bucketsPerDay'), sampleLength: column('sampleLength'), buckets: column('buckets'), last: column('last'), mean: column('mean'), largest: column('largest'),
    },
  };
});

const bandParameters = z.object({
  batch: batchParameters,
  level: z.number(),
  replications: z.number(),
  meanBlock: z.number().optional(),
  seed: z.number(),
  points: z.number(),
});

/** Batch VPIN with a bootstrap band around each of the newest values: the columns of VpinBands, and `endMs` of each bucket. */
export const vpinBandsKernel = kernel(bandParameters, function* ({ batch, meanBlock, ...options }, columns) {
  const { buckets, bucketVolume, parameters, trades } = vpinBatch(tradesOf(columns), given(batch));
  yield;
  const { meanBlock: used, ...bands } = yield* vpinBandSteps(buckets.imbalance, { ...options, ...(meanBlock === undefined ? {} : { meanBlock }), sampleLength: parameters.sampleLength, bucketVolume });
  return {
    value: { parameters, trades, buckets: buckets.vpin.length, bucketVolume, meanBlock: used },
    columns: { ...bands, endMs: bands.bucket.map((bucket) => buckets.endMs[bucket] ?? NaN) },
  };
});
