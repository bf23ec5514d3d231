import { describe, expect, it } from '@jest/globals';
import { SeededRandom, vpinBatch, type TradeSeries } from '@nautilus/quant';
import { LocalCompute } from './local-compute.ts';
import { startKernel } from './kernels.ts';

const random = new SeededRandom(5);
const series: TradeSeries = {
  timesMs: Float64Array.from({ length: 400 }, (_, i) => Date.UTC(2020, 0, 6) + i * 20_000),
  prices: Float64Array.from({ length: 400 }, () => 100 + random.uniform()),
  sizes: Float64Array.from({ length: 400 }, () => 1 + random.below(100)),
};
const compute = new LocalCompute({ clock: { now: () => 0, monotonic: () => 0 }, pause: () => Promise.resolve() });
const columns = { ...series };
const options = { bucketsPerDay: 40, sampleLength: 5 };

describe('the VPIN kernels', () => {
  it('give the batch of the library, null VPIN as NaN', async () => {
    const direct = vpinBatch(series, options);
    const { value, columns: found, ran } = await compute.run({ kind: 'vpin_batch', parameters: options, columns });
    const { buckets, ...figures } = direct;
    expect(value).toEqual({ ...figures, daily: [...direct.daily] });
    expect(Array.from(found['vpin']!, (one) => (Number.isNaN(one) ? null : one))).toEqual(buckets.vpin);
    expect(found['imbalance']).toEqual(buckets.imbalance);
    expect(ran).toMatchObject({ processing_method: 'cpu', accelerated: false, transport: null, handoff_time_ms: null });
  });

  it('sweep every combination, the last parameter fastest', async () => {
    const { columns: rows } = await compute.run({ kind: 'vpin_sweep', parameters: { barSeconds: [60], bucketsPerDay: [20, 40], sampleLength: [5, 500] }, columns });
    expect(Array.from(rows['bucketsPerDay']!)).toEqual([20, 20, 40, 40]);
    expect(Array.from(rows['sampleLength']!)).toEqual([5, 500, 5, 500]);
    expect(rows['last']![2]).toBe(vpinBatch(series, options).buckets.vpin.findLast((one) => one !== null));
    expect(rows['last']![3]).toBeNaN();
  });

  it('put bands around the values of the batch', async () => {
    const batch = vpinBatch(series, options);
    const { columns: bands } = await compute.run({ kind: 'vpin_bands', parameters: { batch: options, level: 0.9, replications: 100, seed: 1, points: 4 }, columns });
    expect(bands['vpin']).toHaveLength(4);
    bands['vpin']!.forEach((vpin, i) => {
      expect(vpin).toBeCloseTo(batch.buckets.vpin[bands['bucket']![i]!]!, 12);
      expect(bands['low']![i]!).toBeLessThanOrEqual(bands['high']![i]!);
    });
  });

  it('refuse unknown kinds, wrong parameters and missing columns, and what the library refuses', async () => {
    expect(() => startKernel('inference', null, {})).toThrow('no kernel inference');
    await expect(compute.run({ kind: 'vpin_batch', parameters: { barSeconds: 'long' }, columns })).rejects.toMatchObject({ kind: 'invalid_input' });
    await expect(compute.run({ kind: 'vpin_batch', parameters: {}, columns: { timesMs: series.timesMs } })).rejects.toMatchObject({ kind: 'invalid_input' });
    await expect(compute.run({ kind: 'vpin_batch', parameters: { barSeconds: 0 }, columns })).rejects.toMatchObject({ problems: [{ path: 'barSeconds' }] });
  });
});
