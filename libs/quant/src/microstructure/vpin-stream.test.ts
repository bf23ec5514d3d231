import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toxicityAlert, type AlertSeverity } from './toxicity-alert.ts';
import { toxicityLevel } from './toxicity-level.ts';
import { vpinBatch } from './vpin-batch.ts';
import type { VpinReading } from '@nautilus/model';
import { VpinStream, type VpinStreamParameters } from './vpin-stream.ts';

interface Tick { readonly t: number; readonly price: number; readonly size: number }
const T0 = Date.UTC(2024, 0, 2, 10);

const ticks = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 90_000 }), price: fc.double({ min: 90, max: 110, noNaN: true }), size: fc.integer({ min: 1, max: 900 }) }), { minLength: 40, maxLength: 300 })
  .map((list) => {
    let t = T0;
    return list.map(({ gap, price, size }): Tick => ({ t: (t += gap), price, size }));
  });

const feed = (stream: VpinStream, list: readonly Tick[]): VpinReading[] => list.flatMap((x) => stream.update(x.t, x.price, x.size).closed);
const finish = (stream: VpinStream): readonly VpinReading[] => stream.advance(Number.MAX_SAFE_INTEGER);
const run = (parameters: Partial<VpinStreamParameters>, list: readonly Tick[]): VpinReading[] => {
  const stream = new VpinStream(parameters);
  return [...feed(stream, list), ...finish(stream)];
};

describe('the stream', () => {
  it('equals the batch when V and sigma are frozen', () => {
    fc.assert(
      fc.property(ticks, fc.constantFrom('intrabar' as const, 'close_to_close' as const), (list, priceChange) => {
        const series = {
          timesMs: Float64Array.from(list, (x) => x.t),
          prices: Float64Array.from(list, (x) => x.price),
          sizes: Float64Array.from(list, (x) => x.size),
        };
        const batch = vpinBatch(series, { bucketsPerDay: 12, sampleLength: 4, priceChange });
        fc.pre(batch.sigma > 0);
        const readings = run({ bucketVolume: batch.bucketVolume, frozenSigma: batch.sigma, sampleLength: 4, smartSizing: false, priceChange }, list);
        expect(readings.length).toBeGreaterThanOrEqual(11);
        readings.forEach((reading, i) => {
          expect(reading.buyVolume / batch.bucketVolume).toBeCloseTo((batch.buckets.buyVolume[i] ?? NaN) / batch.bucketVolume, 8);
          if (reading.vpin === null) expect(batch.buckets.vpin[i]).toBeNull();
          else expect(reading.vpin).toBeCloseTo(batch.buckets.vpin[i] ?? NaN, 8);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('never changes a published value when later trades come', () => {
    fc.assert(
      fc.property(ticks, fc.nat(300), (list, cut) => {
        const parameters = { bucketVolume: 2_000, sampleLength: 5, smartSizing: true };
        const some = feed(new VpinStream(parameters), list.slice(0, cut));
        expect(feed(new VpinStream(parameters), list).slice(0, some.length)).toEqual(some);
      }),
      { numRuns: 60 },
    );
  });

  it('continues bit for bit after a restore, through JSON as well', () => {
    fc.assert(
      fc.property(ticks, fc.nat(300), fc.constantFrom({}, { sigmaHalfLifeBars: 40 }), (list, cut, sigma) => {
        const parameters = { bucketVolume: 2_000, sampleLength: 5, ...sigma };
        const whole = run(parameters, list);
        const first = new VpinStream(parameters);
        const before = feed(first, list.slice(0, cut));
        const second = VpinStream.restore(parameters, JSON.parse(JSON.stringify(first.snapshot())) as ReturnType<VpinStream['snapshot']>);
        const after = [...feed(second, list.slice(cut)), ...finish(second)];
        expect([...before, ...after]).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('sorts trades in that come late by no more than the window, and counts the others', () => {
    const at = (t: number, price: number): Tick => ({ t: T0 + t, price, size: 100 });
    const ordered = [at(0, 100), at(59_000, 101), at(60_500, 102), at(125_000, 103)];
    const swapped = [at(0, 100), at(60_500, 102), at(59_000, 101), at(125_000, 103)];
    const parameters = { bucketVolume: 150, sampleLength: 1, frozenSigma: 1, smartSizing: false };
    expect(run(parameters, swapped)).toEqual(run(parameters, ordered));
    const stream = new VpinStream(parameters);
    feed(stream, ordered);
    expect(stream.update(T0 + 1_000, 100, 100).outcome).toBe('late');
    // Also in a minute in which nothing had traded.
    stream.update(T0 + 600_000, 100, 100);
    expect(stream.update(T0 + 300_000, 100, 100).outcome).toBe('late');
  });

  it('ignores zero sizes, leaves flagged trades out, and lets both show in the confidence', () => {
    const stream = new VpinStream({ bucketVolume: 100, sampleLength: 1, frozenSigma: 1, smartSizing: false });
    expect(stream.update(T0, 100, 0).outcome).toBe('zero_size');
    expect(stream.update(T0, 100, 50, true).outcome).toBe('flagged');
    stream.update(T0 + 1, 100, 100);
    stream.update(T0 + 2, 100, 100);
    expect(finish(stream).map((r) => r.confidence)).toEqual([0.75, 0.75]);
  });

  it('ranks a VPIN that does not vary in the middle, so that it raises no alert', () => {
    const flat = Array.from({ length: 80 }, (_, i): Tick => ({ t: T0 + i * 60_000, price: 100, size: 100 }));
    const readings = run({ bucketVolume: 100, sampleLength: 1, smartSizing: false, frozenSigma: 1 }, flat);
    expect(new Set(readings.slice(30).map((r) => r.percentile))).toEqual(new Set([0.5]));
  });

  it('says that it is warming up while fewer than 30 bars are closed', () => {
    const list = Array.from({ length: 60 }, (_, i): Tick => ({ t: T0 + i * 60_000, price: 100 + Math.cos(i), size: 100 }));
    const readings = run({ bucketVolume: 100, sampleLength: 1, smartSizing: false }, list);
    expect(readings.map((r) => r.warmingUp)).toEqual(list.map((_, i) => i < 30));
  });

  it('weights sigma towards the present when it has a half-life', () => {
    // 200 wild bars, then calm ones: a change of 0.5 is small by the plain sigma and large by the exponential one.
    const list = Array.from({ length: 400 }, (_, i): Tick[] => {
      const move = i === 399 ? 0.5 : (i < 200 ? 5 : 0.1) * (i % 2 === 0 ? 1 : -1);
      return [{ t: T0 + i * 60_000, price: 100, size: 50 }, { t: T0 + i * 60_000 + 30_000, price: 100 + move, size: 50 }];
    }).flat();
    const common = { bucketVolume: 100, sampleLength: 1, smartSizing: false };
    expect(run(common, list).at(-1)?.vpin).toBeLessThan(0.3);
    expect(run({ ...common, sigmaHalfLifeBars: 10 }, list).at(-1)?.vpin).toBeGreaterThan(0.9);
    expect(() => new VpinStream({ sigmaHalfLifeBars: 0 })).toThrow('sigmaHalfLifeBars');
  });

  it('cuts the next session by the mean daily volume of those completed, without an empty average', () => {
    const day = (d: number): Tick[] => Array.from({ length: 200 }, (_, i) => ({ t: T0 + d * 86_400_000 + i * 60_000, price: 100 + Math.sin(i), size: 500 }));
    const readings = run({ bucketVolume: 7_777, bucketsPerDay: 50, sampleLength: 20 }, [...day(0), ...day(1)]);
    const second = readings.filter((r) => r.startMs >= T0 + 86_400_000 - 1);
    expect(new Set(second.map((r) => r.bucketVolume))).toEqual(new Set([(200 * 500) / 50]));
    expect(second.every((r) => r.vpin !== null)).toBe(true);
    expect(new Set(readings.map((r) => r.series)).size).toBe(2);
  });
});

describe('toxicity', () => {
  it('has the level of each threshold from the threshold on', () => {
    expect([0, 0.2999, 0.3, 0.5, 0.7, 0.9, 1].map(toxicityLevel)).toEqual(['NORMAL', 'NORMAL', 'LOW', 'MEDIUM', 'HIGH', 'EXTREME', 'EXTREME']);
  });

  it('raises, sharpens and clears an alert with hysteresis', () => {
    let standing: AlertSeverity | undefined;
    const changes = [0.5, 0.91, 0.88, 0.95, 0.995, 0.92, 0.86, 0.84, 0.84].map((rank) => {
      const change = toxicityAlert(standing, rank);
      if (change !== undefined) standing = change.cleared ? undefined : change.severity;
      return change === undefined ? '' : `${change.severity}${change.cleared ? ' cleared' : ''}`;
    });
    expect(changes).toEqual(['', 'HIGH', '', '', 'URGENT', '', '', 'URGENT cleared', '']);
  });
});
