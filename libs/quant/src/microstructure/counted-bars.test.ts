import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { VpinReading } from '@nautilus/model';
import { CountedBars } from './counted-bars.ts';
import type { OpenBar } from './open-bars.ts';
import { VpinStream, type VpinStreamParameters, type VpinStreamState } from './vpin-stream.ts';

interface Tick { readonly t: number; readonly price: number; readonly size: number }
const DAY_MS = 86_400_000;
const T0 = Date.UTC(2024, 0, 2, 20);
const LATENESS_MS = 2_000;
const END = Number.MAX_SAFE_INTEGER;

const rules = fc.oneof(
  fc.record({ barRule: fc.constant('ticks' as const), barSize: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ barRule: fc.constant('volume' as const), barSize: fc.double({ min: 1, max: 5_000, noNaN: true }) }),
);
/** Some gaps lead into another day. */
const ticks = fc
  .array(
    fc.record({ gap: fc.oneof({ weight: 40, arbitrary: fc.integer({ min: 0, max: 90_000 }) }, { weight: 1, arbitrary: fc.constant(2 * DAY_MS) }), price: fc.double({ min: 90, max: 110, noNaN: true }), size: fc.integer({ min: 1, max: 900 }) }),
    { minLength: 40, maxLength: 250 },
  )
  .map((list) => {
    let t = T0;
    return list.map(({ gap, price, size }): Tick => ({ t: (t += gap), price, size }));
  });

const barsOf = ({ barRule, barSize }: { readonly barRule: 'ticks' | 'volume'; readonly barSize: number }, list: readonly Tick[]): OpenBar[] => {
  const bars = new CountedBars(barRule, barSize, LATENESS_MS);
  const closed = list.flatMap(({ t, price, size }) => {
    if (!bars.add(t, price, size)) throw new Error(`the trade at ${t} was late`);
    return bars.takeClosed();
  });
  return [...closed, ...bars.takeClosed(END)];
};
const feed = (stream: VpinStream, list: readonly Tick[]): VpinReading[] => list.flatMap((x) => stream.update(x.t, x.price, x.size).closed);

describe('bars by trades and by volume', () => {
  it('hold every trade once, in order, and no more than the rule lets them', () => {
    fc.assert(
      fc.property(ticks, rules, (list, rule) => {
        const bars = barsOf(rule, list);
        const day = (timeMs: number): number => Math.floor(timeMs / DAY_MS);
        let at = 0;
        const wrong = bars.filter((bar, i) => {
          const own: Tick[] = [];
          let volume = 0;
          while (volume < bar.volume) {
            const next = list[at++] as Tick;
            own.push(next);
            volume += next.size;
          }
          const last = own.at(-1) as Tick;
          const [reached, before] = rule.barRule === 'ticks' ? [own.length, own.length - 1] : [volume, volume - last.size];
          const next = bars[i + 1];
          // A bar that is not full was ended by its day.
          const isFull = reached >= rule.barSize || next === undefined || day(next.startMs) > day(bar.startMs);
          return !(volume === bar.volume && own[0]?.t === bar.firstMs && own[0].price === bar.firstPrice && last.t === bar.lastMs && last.price === bar.lastPrice
            && day(bar.lastMs) === day(bar.startMs) && before < rule.barSize && isFull);
        });
        expect(wrong).toEqual([]);
        expect(at).toBe(list.length);
      }),
      { numRuns: 50 },
    );
  });

  it('do not depend on the order in which trades arrive within the lateness window', () => {
    fc.assert(
      fc.property(ticks, rules, fc.array(fc.integer({ min: 0, max: LATENESS_MS - 1 }), { minLength: 250, maxLength: 250 }), (list, rule, delays) => {
        // Equal times keep their order of arrival, so times are made distinct.
        const distinct = list.map((tick, i) => ({ ...tick, t: tick.t + i / 1_000 }));
        const late = distinct.map((tick, i) => ({ tick, arrives: tick.t + (delays[i] ?? 0) })).sort((a, b) => a.arrives - b.arrives).map(({ tick }) => tick);
        expect(barsOf(rule, late)).toEqual(barsOf(rule, distinct));
      }),
      { numRuns: 50 },
    );
  });

  it('leave out a trade that comes later than the window', () => {
    const bars = new CountedBars('ticks', 2, LATENESS_MS);
    expect(bars.add(T0 + 10_000, 100, 1)).toBe(true);
    expect(bars.add(T0 + 8_000, 100, 1)).toBe(true);
    expect(bars.add(T0 + 7_999, 100, 1)).toBe(false);
  });

  it('refuse the state of bars by time, and a size that is not positive', () => {
    const byTime = new VpinStream().snapshot();
    expect(() => VpinStream.restore({ barRule: 'ticks' }, byTime)).toThrow('bars by time');
    expect(() => VpinStream.restore({}, new VpinStream({ barRule: 'volume' }).snapshot())).toThrow('bars by time');
    expect(() => new VpinStream({ barRule: 'volume', barSize: 0 })).toThrow('barSize');
  });
});

describe('a stream of bars by trades or volume', () => {
  const common = { bucketVolume: 2_000, sampleLength: 5 } satisfies Partial<VpinStreamParameters>;

  it('goes on bit for bit after a restore, through JSON as well, and never changes what it gave', () => {
    fc.assert(
      fc.property(ticks, rules, fc.nat(250), (list, rule, cut) => {
        const parameters = { ...common, ...rule };
        const whole = new VpinStream(parameters);
        const expected = [...feed(whole, list), ...whole.advance(END)];
        const first = new VpinStream(parameters);
        const before = feed(first, list.slice(0, cut));
        expect(expected.slice(0, before.length)).toEqual(before);
        const second = VpinStream.restore(parameters, JSON.parse(JSON.stringify(first.snapshot())) as VpinStreamState);
        expect([...before, ...feed(second, list.slice(cut)), ...second.advance(END)]).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('fills each bucket to V, loses no volume, and gives a VPIN from 0 to 1 whatever the unit of price and size', () => {
    fc.assert(
      fc.property(ticks, rules, fc.integer({ min: -8, max: 8 }), fc.integer({ min: -8, max: 8 }), (list, rule, pricePower, sizePower) => {
        // Powers of two, which scale without rounding: two prices stay as different as they were.
        const [priceUnit, unit] = [2 ** pricePower, 2 ** sizePower];
        const parameters = { ...common, ...rule, smartSizing: false };
        const stream = new VpinStream(parameters);
        const readings = [...feed(stream, list), ...stream.advance(END)];
        for (const { buyVolume, sellVolume, vpin } of readings) {
          expect((buyVolume + sellVolume) / common.bucketVolume).toBeCloseTo(1, 9);
          if (vpin !== null) expect(vpin >= 0 && vpin <= 1 + 1e-12).toBe(true);
        }
        const { buyVolume, sellVolume } = stream.openBucket;
        const total = list.reduce((sum, { size }) => sum + size, 0);
        expect((readings.length * common.bucketVolume + buyVolume + sellVolume) / total).toBeCloseTo(1, 9);

        const scaled = new VpinStream({ ...parameters, bucketVolume: common.bucketVolume * unit, barSize: rule.barRule === 'ticks' ? rule.barSize : rule.barSize * unit });
        const same = [...feed(scaled, list.map(({ t, price, size }) => ({ t, price: price * priceUnit, size: size * unit }))), ...scaled.advance(END)];
        expect(same.map(({ vpin }) => vpin)).toEqual(readings.map(({ vpin }) => vpin));
      }),
      { numRuns: 60 },
    );
  });
});

describe('a gap longer than a session', () => {
  it.each([{ barRule: 'time' as const }, { barRule: 'ticks' as const, barSize: 10 }, { barRule: 'volume' as const, barSize: 5_000 }])('ends the open bar and leaves the open bucket: %j', (rule) => {
    const stream = new VpinStream({ ...rule, bucketVolume: 1_000, sampleLength: 1, smartSizing: false, frozenSigma: 1 });
    // All volume before the gap is sold in full, all after it bought: a shared bar would mix them.
    feed(stream, [{ t: T0, price: 200, size: 300 }, { t: T0 + 1_000, price: 100, size: 300 }]);
    expect(stream.openBucket.startMs).toBeNull();
    const after = T0 + 3 * DAY_MS;
    const readings = [...feed(stream, [{ t: after, price: 100, size: 100 }, { t: after + 1_000, price: 200, size: 300 }]), ...stream.advance(END)];
    expect(readings).toMatchObject([{ bucketId: 1, startMs: T0, buyVolume: 400, sellVolume: 600, imbalance: 200 }]);
  });
});
