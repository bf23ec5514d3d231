import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Indicator, OhlcBar, OhlcColumns, ValuePair } from './indicator.ts';

/** An indicator seen from one kind of input, whatever it reads. */
export type BarKernel = Indicator<OhlcBar, unknown>;

/** Price columns as lists of bars, for the tests of indicators. */
export const columnsOf = (bars: readonly OhlcBar[]): OhlcColumns => ({
  open: Float64Array.from(bars, (bar) => bar.open),
  high: Float64Array.from(bars, (bar) => bar.high),
  low: Float64Array.from(bars, (bar) => bar.low),
  close: Float64Array.from(bars, (bar) => bar.close),
  volume: Float64Array.from(bars, (bar) => bar.volume),
});

/** Feeds an indicator of single values with closes. */
export const ofClose = <Output, State>(kernel: Indicator<number, Output, State>): BarKernel => ({
  update: ({ close }) => kernel.update(close),
  snapshot: () => kernel.snapshot(),
  restore: (state) => kernel.restore(state as State),
});

/** Feeds an indicator of pairs with closes and highs. */
export const ofPair = <Output, State>(kernel: Indicator<ValuePair, Output, State>): BarKernel => ({
  update: ({ close, high }) => kernel.update({ x: close, y: high }),
  snapshot: () => kernel.snapshot(),
  restore: (state) => kernel.restore(state as State),
});

/**
 * Prices in hundredths, as markets have them: what differs only in the sixteenth digit is no movement and would ask of
 * quotients what no arithmetic can give. Bars of a wide range, and bars of few prices so that ties, flat stretches, and
 * bars without range or volume are common.
 */
const cents = (least: number, most: number): fc.Arbitrary<number> => fc.integer({ min: least * 100, max: most * 100 });
const wideBar = fc
  .record({ low: cents(50, 150), range: cents(0, 30), o: fc.double({ min: 0, max: 1, noNaN: true }), c: fc.double({ min: 0, max: 1, noNaN: true }), volume: fc.nat(10_000) })
  .map(({ low, range, o, c, volume }): OhlcBar => ({ open: (low + Math.round(o * range)) / 100, high: (low + range) / 100, low: low / 100, close: (low + Math.round(c * range)) / 100, volume }));
const tiedBar = fc
  .record({ low: fc.integer({ min: 10, max: 12 }), range: fc.nat(2), o: fc.nat(2), c: fc.nat(2), volume: fc.nat(2) })
  .map(({ low, range, o, c, volume }): OhlcBar => ({ open: low + Math.min(o, range), high: low + range, low, close: low + Math.min(c, range), volume }));

export const someBars = (minLength: number, maxLength = minLength + 60): fc.Arbitrary<OhlcBar[]> =>
  fc.oneof(fc.array(wideBar, { minLength, maxLength }), fc.array(tiedBar, { minLength, maxLength }));

export const somePrices = (minLength: number, maxLength = minLength + 60): fc.Arbitrary<number[]> =>
  fc.array(cents(1, 1000).map((price) => price / 100), { minLength, maxLength });

export const someValues = (minLength: number, maxLength = minLength + 60): fc.Arbitrary<number[]> =>
  fc.oneof(somePrices(minLength, maxLength), fc.array(fc.integer({ min: 10, max: 12 }), { minLength, maxLength }));

const BAD_BARS: readonly OhlcBar[] = [
  { open: NaN, high: NaN, low: NaN, close: NaN, volume: NaN },
  { open: 10, high: Infinity, low: 9, close: Infinity, volume: 1 },
];

function isFiniteOutput(output: unknown): boolean {
  if (typeof output === 'number') return Number.isFinite(output);
  return typeof output !== 'object' || output === null || Object.values(output).every(isFiniteOutput);
}

/**
 * What holds for every indicator. `make` gives a fresh one with short windows, begun within 40 bars; one that `pauses`
 * may have no value again after it began.
 */
export function holdsIndicatorLaws(name: string, make: () => BarKernel, { pauses = false } = {}): void {
  describe(name, () => {
    it('continues exactly after a restore at any bar, through JSON as well', () => {
      fc.assert(
        fc.property(someBars(45), fc.nat(105), (bars, cut) => {
          const whole = make();
          const expected = bars.map((bar) => whole.update(bar));
          const first = make();
          const start = bars.slice(0, cut).map((bar) => first.update(bar));
          const second = make();
          second.restore(JSON.parse(JSON.stringify(first.snapshot())));
          const after = bars.slice(cut).map((bar) => second.update(bar));
          // As text: the same digits, and much faster than a deep comparison.
          expect(JSON.stringify([...start, ...after])).toBe(JSON.stringify(expected));
          expect(JSON.stringify(second.snapshot())).toBe(JSON.stringify(whole.snapshot()));
        }),
        { numRuns: 20 },
      );
    });

    it('once begun gives finite numbers on every bar, also on a constant series after movement', () => {
      fc.assert(
        fc.property(someBars(45), (bars) => {
          const still = Array.from({ length: 60 }, (): OhlcBar => ({ open: 10.1, high: 10.1, low: 10.1, close: 10.1, volume: 0 }));
          const kernel = make();
          const outputs = [...bars, ...still].map((bar) => kernel.update(bar));
          expect(outputs.filter((output) => !isFiniteOutput(output))).toEqual([]);
          const begin = outputs.findIndex((output) => output !== undefined);
          expect(begin).toBeGreaterThanOrEqual(0);
          if (!pauses) expect(outputs.slice(begin)).not.toContain(undefined);
        }),
        { numRuns: 20 },
      );
    });

    it('refuses numbers that are none and is afterwards as it was before', () => {
      fc.assert(
        fc.property(someBars(1), (bars) => {
          const kernel = make();
          for (const bar of bars) kernel.update(bar);
          const before = JSON.stringify(kernel.snapshot());
          for (const bad of BAD_BARS) expect(() => kernel.update(bad)).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
          expect(JSON.stringify(kernel.snapshot())).toBe(before);
        }),
        { numRuns: 5 },
      );
    });
  });
}

/** Runs an indicator over inputs, one output for each. */
export const run = <Input, Output>(kernel: Indicator<Input, Output>, inputs: readonly Input[]): (Output | undefined)[] => inputs.map((input) => kernel.update(input));

/** For every window of n inputs the definition, told from the window alone; checks the indicator from its n-th input on. */
export function equalsDefinition<Input>(kernel: Pick<Indicator<Input>, 'update'>, inputs: readonly Input[], n: number, definition: (window: readonly Input[]) => number, tolerance = 1e-8): void {
  const wrong = inputs.flatMap((input, i) => {
    const output = kernel.update(input);
    const expected = i < n - 1 ? undefined : definition(inputs.slice(i + 1 - n, i + 1));
    if (output === undefined || expected === undefined) return output === expected ? [] : [{ i, output, expected }];
    return Math.abs(output - expected) <= tolerance * Math.max(1, Math.abs(expected)) ? [] : [{ i, output, expected }];
  });
  expect(wrong).toEqual([]);
}

export const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);
export const mean = (values: readonly number[]): number => sum(values) / values.length;
