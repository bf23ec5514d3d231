import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asNautilusError, type Bar } from '@nautilus/model';
import { BAR_SERIES, type FeatureDefinition, type FeatureReading } from '../feature.ts';
import { Filings } from '../filings.ts';
import { FAMILIES, FEATURE_NAMES } from '../registry.ts';
import { variantsOf } from '../variants.ts';
import { ON_REQUEST } from './on-request.ts';

const T0 = Date.UTC(2024, 0, 2);
const INPUTS = { barsPerYear: 252, filings: new Filings() };

const barAt = (i: number, open: number, high: number, low: number, close: number, volume: number): Bar => ({
  symbol: 'X', venue: '', timeframe: '1d', start_ms: T0 + i * 86_400_000, end_ms: T0 + (i + 1) * 86_400_000, open, high, low, close, volume,
  trade_count: null, vwap: null, is_final: true, revision: 0, source: 'test', provenance: 'replay', run_id: null,
});

/** Waves of several lengths: everything moves, trends turn. */
const WAVES = Array.from({ length: 300 }, (_, i) => {
  const [before, close] = [i - 1, i].map((t) => 100 + 8 * Math.sin(t / 7) + 3 * Math.sin(t * 1.3));
  const [open, last] = [before!, close!];
  return barAt(i, open, Math.max(open, last) + 1 + Math.sin(i) ** 2, Math.min(open, last) - 1 - Math.cos(i) ** 2, last, 1_000 + 300 * Math.sin(i * 0.7));
});

const run = (definition: FeatureDefinition, bars: readonly Bar[]): readonly FeatureReading[] => {
  const unit = definition.create(INPUTS);
  return bars.map((bar) => unit.update(bar));
};
const numbersOf = ({ number, components = {} }: FeatureReading): readonly number[] => [...(number === undefined ? [] : [number]), ...Object.values(components)];

/** Each family in each of its conventions. */
const CASES = ON_REQUEST.flatMap((family) => family.conventions.map((convention) => {
  const asked = convention === 'talib' || convention === 'skender' || convention === 'tulip' ? convention : undefined;
  return { name: family.name, convention, definition: family.make(family.name, { convention: asked }) };
}));

it('has more than a hundred features beside the 25, none twice', () => {
  expect(FEATURE_NAMES.size).toBe(25);
  expect(ON_REQUEST.length).toBeGreaterThan(100);
  expect(new Set(FAMILIES.map(({ name }) => name)).size).toBe(FAMILIES.length);
});

describe.each(CASES)('$name ($convention)', ({ name, convention, definition }) => {
  it('follows the convention, and has a value from the bar on that the registry tells', () => {
    expect(definition.convention).toBe(convention);
    const first = run(definition, WAVES).findIndex((reading) => reading.number !== undefined) + 1;
    // Arc functions know no price; Skender's stop is silent up to its first reversal.
    if (name === 'asin' || name === 'acos') expect(first).toBe(0);
    else if (name === 'sar' && convention === 'skender') expect(first).toBeGreaterThan(definition.requiredBars);
    else expect(first).toBe(definition.requiredBars);
  });

  it('goes on exactly after a restore, through JSON as well', () => {
    const whole = run(definition, WAVES);
    const [one, other] = [definition.create(INPUTS), definition.create(INPUTS)];
    for (const bar of WAVES.slice(0, 70)) one.update(bar);
    other.restore(JSON.parse(JSON.stringify(one.snapshot())));
    expect(WAVES.slice(70).map((bar) => other.update(bar))).toEqual(whole.slice(70));
  });
});

const someBars = fc.array(fc.record({ low: fc.integer({ min: 1, max: 200 }), range: fc.nat(9), o: fc.nat(9), c: fc.nat(9), volume: fc.nat(3) }), { minLength: 90, maxLength: 90 })
  .map((list) => list.map(({ low, range, o, c, volume }, i) => barAt(i, low + Math.min(o, range), low + range, low, low + Math.min(c, range), volume)));

it('no feature is ever NaN or infinite, whatever bars come', () => {
  fc.assert(fc.property(someBars, fc.constantFrom(...BAR_SERIES), (bars, input) => {
    const strange = CASES.flatMap(({ name, convention, definition: { inputs } }) => {
      const family = ON_REQUEST.find((one) => one.name === name)!;
      const asked = convention === 'skender' || convention === 'tulip' ? convention : undefined;
      const definition = family.make(name, { convention: asked, inputs: inputs.length === 0 ? undefined : [input, 'open'] });
      return run(definition, bars).some((reading) => numbersOf(reading).some((value) => !Number.isFinite(value))) ? [`${name} of ${input}`] : [];
    });
    expect(strange).toEqual([]);
  }), { numRuns: 15 });
});

it('other numbers are refused with the parameter, or give values', () => {
  const wrong = FAMILIES.filter(({ isVariable }) => isVariable).flatMap(({ name, parameters }) => Object.keys(parameters).flatMap((parameter) => [1, 2, 3].flatMap((value) => {
    try {
      return variantsOf({ [name]: { [parameter]: [value] } }).flatMap((definition) => (run(definition, WAVES).some((reading) => reading.number !== undefined) ? [] : [definition.name]));
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'invalid_input') throw error;
      return (error as Error).message.includes(`parameters.${name}`) ? [] : [(error as Error).message];
    }
  })));
  expect(wrong).toEqual([]);
});

it('a function of two series needs two', () => {
  const beta = ON_REQUEST.find(({ name }) => name === 'beta')!;
  expect(beta.make('beta').inputs).toEqual(['high', 'low']);
  expect(beta.make('beta', { inputs: ['open', 'close'] }).inputs).toEqual(['open', 'close']);
  expect(() => beta.make('beta', { inputs: ['open'] })).toThrow('two series');
});
