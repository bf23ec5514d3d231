import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { vpinBatch, type TradeSeries, type VpinBatchParameters } from './vpin-batch.ts';

const rowsOf = (text: string): string[][] => text.trim().split('\n').slice(1).map((line) => line.split(',').map((cell) => cell.trim()));
const csv = (path: string): string[][] => rowsOf(path.endsWith('.gz') ? gunzipSync(readFileSync(sharedData(path))).toString() : readFileSync(sharedData(path), 'utf8'));
const columns = (rows: string[][]): TradeSeries => ({
  timesMs: Float64Array.from(rows, (row) => Date.parse(`${row[0]}Z`)),
  prices: Float64Array.from(rows, (row) => Number(row[1])),
  sizes: Float64Array.from(rows, (row) => Number(row[2])),
});

const hfdata = (): TradeSeries => columns(csv('pinstimation/hfdata_first30000.csv.gz'));
const ibm = (): TradeSeries =>
  columns(['07', '08', '09'].flatMap((day) => csv(`market/tick/IBM_201310${day}_trade.csv.gz`)).filter((row) => row[5] === '0'));

const CASES: readonly (readonly [string, () => TradeSeries, Partial<VpinBatchParameters>])[] = [
  ['vpin_tb60_b50_s50', hfdata, {}],
  ['vpin_tb300_b20_s30', hfdata, { barSeconds: 300, bucketsPerDay: 20, sampleLength: 30 }],
  ['vpin_IBM_20131007_09_tb60_b50_s50', ibm, {}],
];

describeWithSharedData('equals PINstimation 0.2.0', () => {
  it.each(CASES)('%s', (name, trades, parameters) => {
    const result = vpinBatch(trades(), parameters);
    const [reference] = csv(`pinstimation/${name}_params.csv`);
    expect(result.bucketVolume / Number(reference?.[3])).toBeCloseTo(1, 12);
    expect(result.days).toBe(Number(reference?.[4]));
    expect(result.trades).toBe(Number(reference?.[6]));

    const rows = csv(`pinstimation/${name}_buckets.csv`);
    const { buyVolume, sellVolume, imbalance, durationSeconds, startMs, vpin } = result.buckets;
    expect(vpin.length).toBe(rows.length);
    const relative = (value: number | undefined, printed: string | undefined): number => Math.abs((value ?? NaN) - Number(printed)) / Math.max(1, Number(printed));
    rows.forEach((row, i) => {
      // The file prints about 12 digits.
      expect(relative(buyVolume[i], row[1])).toBeLessThan(1e-10);
      expect(relative(sellVolume[i], row[2])).toBeLessThan(1e-10);
      expect(Math.abs((durationSeconds[i] ?? NaN) - Number(row[3]))).toBeLessThan(1e-7);
      expect(Math.abs((startMs[i] ?? NaN) - Date.parse(`${row[4]}Z`))).toBeLessThanOrEqual(1);
      expect(relative(imbalance[i], row[5])).toBeLessThan(1e-9);
      if (row[7] === 'NA') expect(vpin[i]).toBeNull();
      else expect(Math.abs((vpin[i] ?? NaN) - Number(row[7]))).toBeLessThan(1e-10);
    });

    const days = csv(`pinstimation/${name}_daily.csv`);
    expect(result.daily.map((day) => new Date(day.dayMs).toISOString().slice(0, 10))).toEqual(days.map((row) => row[0]));
    days.forEach((row, i) => {
      const day = result.daily[i];
      if (row[1] === 'NA') expect(day?.mean).toBeNull();
      else expect(day?.mean).toBeCloseTo(Number(row[1]), 10);
      expect(day?.durationWeighted).toBeCloseTo(Number(row[2]), 10);
    });
  });
});

const trade = fc.record({
  t: fc.integer({ min: 0, max: 4 * 3_600_000 }),
  price: fc.double({ min: 1, max: 500, noNaN: true }),
  size: fc.integer({ min: 1, max: 5_000 }),
});
const series = (trades: readonly { t: number; price: number; size: number }[], price = 1, size = 1): TradeSeries => ({
  timesMs: Float64Array.from(trades, (x) => Date.UTC(2024, 0, 2, 10) + x.t),
  prices: Float64Array.from(trades, (x) => x.price * price),
  sizes: Float64Array.from(trades, (x) => x.size * size),
});
const some = fc.array(trade, { minLength: 1, maxLength: 200 });
const SMALL = { bucketsPerDay: 8, sampleLength: 3 };

describe('invariants', () => {
  it('VPIN lies in [0, 1], volume is conserved, closed buckets hold V', () => {
    fc.assert(
      fc.property(some, (trades) => {
        const input = series(trades);
        const { buckets, bucketVolume } = vpinBatch(input, SMALL);
        for (const value of buckets.vpin) if (value !== null) expect(value >= 0 && value <= 1 + 1e-12).toBe(true);
        const total = input.sizes.reduce((sum, size) => sum + size, 0);
        const poured = buckets.buyVolume.reduce((sum, buy, i) => sum + buy + (buckets.sellVolume[i] ?? 0), 0);
        expect(poured / total).toBeCloseTo(1, 9);
        for (let i = 0; i < buckets.buyVolume.length - 1; i++) {
          expect(((buckets.buyVolume[i] ?? 0) + (buckets.sellVolume[i] ?? 0)) / bucketVolume).toBeCloseTo(1, 9);
        }
      }),
    );
  });

  it('scaling all prices or all sizes leaves VPIN as it is', () => {
    fc.assert(
      fc.property(some, fc.constantFrom(0.5, 2, 8), (trades, factor) => {
        const plain = vpinBatch(series(trades), SMALL).buckets.vpin;
        for (const scaled of [vpinBatch(series(trades, factor), SMALL), vpinBatch(series(trades, 1, factor), SMALL)]) {
          expect(scaled.buckets.vpin.length).toBe(plain.length);
          scaled.buckets.vpin.forEach((value, i) => {
            if (value === null) expect(plain[i]).toBeNull();
            else expect(Math.abs(value - (plain[i] ?? NaN))).toBeLessThan(1e-9);
          });
        }
      }),
    );
  });

  it('the order in which trades of different times come does not matter', () => {
    const trades = Array.from({ length: 300 }, (_, i) => ({ t: i * 20_000, price: 100 + Math.sin(i), size: 10 + (i % 7) }));
    const reversed = [...trades].reverse();
    expect(vpinBatch(series(reversed), SMALL).buckets.vpin).toEqual(vpinBatch(series(trades), SMALL).buckets.vpin);
  });

  it('a constant price means half bought, so no imbalance', () => {
    const flat = series(Array.from({ length: 50 }, (_, i) => ({ t: i * 60_000, price: 10, size: 5 })));
    const result = vpinBatch(flat, SMALL);
    expect(result.sigma).toBe(0);
    expect(Math.max(...result.buckets.imbalance)).toBeLessThan(1e-12);
  });
});

describe('bad input is named', () => {
  const good = series([{ t: 0, price: 1, size: 1 }]);
  it.each([
    ['no trades', { ...good, timesMs: new Float64Array(), prices: new Float64Array(), sizes: new Float64Array() }, {}],
    ['columns differ in length', { ...good, prices: new Float64Array(2) }, {}],
    ['price', { ...good, prices: Float64Array.of(NaN) }, {}],
    ['price', { ...good, prices: Float64Array.of(0) }, {}],
    ['size', { ...good, sizes: Float64Array.of(-1) }, {}],
    ['no volume', { ...good, sizes: Float64Array.of(0) }, {}],
    ['sampleLength', good, { sampleLength: 0 }],
    ['barSeconds', good, { barSeconds: NaN }],
    ['span', { timesMs: Float64Array.of(0, 4e15), prices: Float64Array.of(1, 1), sizes: Float64Array.of(1, 1) }, {}],
  ])('%s', (text, trades, parameters) => {
    expect(() => vpinBatch(trades, parameters)).toThrow(text);
  });
});
