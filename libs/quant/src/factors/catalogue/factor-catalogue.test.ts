import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BASE_DEFINITIONS, FURTHER_DEFINITIONS, type FactorCategory } from './base-definitions.ts';
import { canonicalFactor, distinctFactors, factorCatalogue, factorsFromBars } from './factor-catalogue.ts';
import { addressablePage, countAddressable, formatFactorId, parseFactorId } from './factor-ids.ts';

const problemOf = (id: string): unknown => {
  try {
    return parseFactorId(id);
  } catch (error) {
    return error;
  }
};

describe('the catalogue', () => {
  const all = factorCatalogue();

  it('counts 60 + 300 + 156 = 516, and 485 from bars alone', () => {
    expect(BASE_DEFINITIONS).toHaveLength(60);
    expect(all.filter(({ timeframe }) => timeframe !== '1d')).toHaveLength(300);
    expect(all.slice(360)).toHaveLength(156);
    expect(all).toHaveLength(516);
    expect(new Set(all.map(formatFactorId)).size).toBe(516);
    expect(factorsFromBars()).toHaveLength(485);
  });

  it('has the counts of every block: base, timeframes, lookbacks', () => {
    const countsOf = (category: FactorCategory): number[] =>
      [all.slice(0, 60), all.slice(60, 360), all.slice(360)].map((part) => part.filter(({ definition }) => definition.category === category).length);
    expect(countsOf('alpha')).toEqual([19, 114, 90]);
    expect(countsOf('style')).toEqual([5, 30, 0]);
    expect(countsOf('technical')).toEqual([13, 78, 54]);
    expect(countsOf('volatility')).toEqual([8, 48, 12]);
    expect(countsOf('microstructure')).toEqual([5, 30, 0]);
    expect(countsOf('fundamental')).toEqual([6, 0, 0]);
    expect(countsOf('macro')).toEqual([4, 0, 0]);
  });

  it('holds no two ids of one calculation, and refuses them', () => {
    expect(new Set(all.map(canonicalFactor)).size).toBe(516);
    expect(() => distinctFactors([parseFactorId('ma'), parseFactorId('ma@20.1d.raw')])).toThrow('ma@20.1d.raw and ma@20.1d.raw are the same calculation.');
  });

  it('says of every definition what it needs and where it comes from', () => {
    for (const { name, inputs, unit, source, formula, lookback } of [...BASE_DEFINITIONS, ...FURTHER_DEFINITIONS]) {
      expect([name, inputs.length > 0, unit !== '', source !== '', formula(lookback ?? NaN) !== '']).toEqual([name, true, true, true, true]);
      expect(formula(lookback ?? NaN)).not.toContain('NaN');
    }
  });
});

describe('ids', () => {
  it('are 696,810, counted from the definitions', () => {
    expect(FURTHER_DEFINITIONS.filter(({ lookback }) => lookback === undefined)).toHaveLength(9);
    expect(FURTHER_DEFINITIONS.filter(({ lookback }) => lookback !== undefined)).toHaveLength(14);
    expect(countAddressable()).toBe(696_810);
  });

  it('come page by page, each once, each readable', () => {
    const seen = new Set<string>();
    let cursor: number | undefined = 0;
    while (cursor !== undefined) {
      const page: ReturnType<typeof addressablePage> = addressablePage(cursor, 1000);
      for (const id of page.ids) seen.add(id);
      cursor = page.next;
    }
    expect(seen.size).toBe(696_810);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 696_809 }), (place) => {
        const [id = ''] = addressablePage(place, 1).ids;
        expect(formatFactorId(parseFactorId(id))).toBe(id);
      }),
    );
    expect(addressablePage(0, 2, 'rsi').ids).toEqual(['rsi@5.1d.raw', 'rsi@5.1d.lag1']);
    expect(addressablePage(17_355, 10, 'rsi')).toEqual({ ids: ['rsi@252.4h.decay', 'rsi@252.4h.csz', 'rsi@252.4h.csrank', 'rsi@252.4h.csgroup', 'rsi@252.4h.neutral'], next: undefined });
    expect(addressablePage(0, 10, 'nothing')).toEqual({ ids: [], next: undefined });
  });

  it.each([
    ['rsi', 'rsi@14.1d.raw'],
    ['rsi.5m', 'rsi@14.5m.raw'],
    ['rsi.csz', 'rsi@14.1d.csz'],
    ['rsi@252.4h.neutral', 'rsi@252.4h.neutral'],
    ['kmid@x.5m.raw', 'kmid@x.5m.raw'],
    ['kmid', 'kmid@x.1d.raw'],
    ['STD30', 'std@30.1d.raw'],
    ['KMID2', 'kmid2@x.1d.raw'],
    ['OPEN0', 'open0@x.1d.raw'],
    ['size', 'size@x.1d.raw'],
  ])('%s is %s', (text, id) => {
    expect(formatFactorId(parseFactorId(text))).toBe(id);
  });

  it.each([
    ['', 'column 1: must begin with the name of a definition'],
    ['rsi@4', 'column 5: a lookback must be a whole number from 5 to 252'],
    ['rsi@253.1d', 'column 5: a lookback'],
    ['rsi@x', 'column 5: a lookback'],
    ['kmid@20', 'column 6: the window of kmid is fixed; write x'],
    ['rsi@14.2d', 'column 8: "2d" is no timeframe or transform'],
    ['rsi@14.1d.square', 'column 11: "square" is no transform'],
    ['rsi@14.raw.1d', 'column 12: "1d" is no further part'],
    ['size.5m', 'column 6: size is daily only'],
    ['rsi 14', 'column 4: " " where "@" or "." belongs'],
    ['rsi.', 'column 5: "" is no timeframe or transform'],
  ])('"%s" is refused with its column', (id, message) => {
    expect(problemOf(id)).toMatchObject({ kind: 'invalid_input', fault: 'schema', message: expect.stringContaining(message) });
  });

  it('an unknown definition is answered with near names', () => {
    expect(problemOf('rssi@14')).toMatchObject({ kind: 'not_found', type: '/problems/unknown-factor', details: { near: expect.arrayContaining(['rsi']) } });
    expect(problemOf('NOSUCH30')).toMatchObject({ kind: 'not_found' });
  });

  it('a page outside the rules is refused', () => {
    expect(() => addressablePage(-1, 10)).toThrow('cursor');
    expect(() => addressablePage(0, 1001)).toThrow('limit');
  });
});
