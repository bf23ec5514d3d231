import { describe, expect, it } from '@jest/globals';
import { readFeatureHistory, readRegistry } from './feature-registry.ts';

const nonsense = [null, undefined, 3, [], {}, { features: 'x', items: 'x' }];

describe('the registry of features', () => {
  it('tells formula, unit and warm-up of each that runs for every symbol', () => {
    const sma = { name: 'sma_20', category: 'technical', formula: 'mean of the last 20 closes', unit: 'price', required_bars: 20, convention: 'talib' };
    expect(readRegistry({ features: [{ ...sma, always: true }, 'nonsense', {}, { ...sma, name: 'adx', always: false }] })).toEqual([
      { name: 'sma_20', category: 'technical', formula: 'mean of the last 20 closes', unit: 'price', requiredBars: 20, convention: 'talib' },
      { name: 'unnamed', category: 'other', formula: '', unit: '', requiredBars: null, convention: '' },
    ]);
    for (const other of nonsense) expect(readRegistry(other)).toBeUndefined();
  });
});

describe('the history of a feature', () => {
  it('is ascending and keeps a value that could not be computed as a hole with its reason', () => {
    const items = [{ timestamp: '2013-10-07T14:02:00Z', value: 3, reason: null }, { timestamp: '2013-10-07T14:01:00Z', value: null, reason: 'insufficient_history' }, { value: 4 }];
    expect(readFeatureHistory({ items })).toEqual([
      { atMs: Date.UTC(2013, 9, 7, 14, 1), value: null, reason: 'insufficient_history' }, { atMs: Date.UTC(2013, 9, 7, 14, 2), value: 3, reason: null },
    ]);
    for (const other of nonsense) expect(readFeatureHistory(other)).toBeUndefined();
  });
});
