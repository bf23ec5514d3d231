import { describe, expect, it } from '@jest/globals';
import type { BarRecord, FactRecord, ObservationRecord, QuoteRecord } from '../sources/records.ts';
import { newBars, newFacts, newObservations, newQuotes } from './news.ts';

const MINUTE_MS = 60_000;
const NOW = 100 * MINUTE_MS;
const bar = (minute: number, change: Partial<BarRecord> = {}): BarRecord => ({
  kind: 'bar', symbol: 'X', timeframe: '1m', start: minute * MINUTE_MS, open: 1, high: 1, low: 1, close: 1, volume: 1, adjustedClose: null, currency: null, ...change,
});
const quote = (change: Partial<QuoteRecord> = {}): QuoteRecord => ({
  kind: 'quote', symbol: 'X', time: 1, date: null, last: 10, bid: 9, bidSize: 1, ask: 11, askSize: 1, open: null, high: null, low: null, previousClose: null, volume: null, currency: null, condition: null, ...change,
});

describe('news', () => {
  it('are bars that are over, whole and later than the last one, in order and once', () => {
    const starts = (records: readonly BarRecord[], mark?: number) => {
      const { fresh, mark: next } = newBars(records, mark, MINUTE_MS, NOW);
      return [fresh.map(({ start }) => start / MINUTE_MS), next === undefined ? undefined : next / MINUTE_MS];
    };
    expect(starts([bar(98), bar(97), bar(97), bar(96, { volume: null }), bar(99), bar(100)])).toEqual([[97, 98], 98]);
    expect(starts([bar(97), bar(98)], 97 * MINUTE_MS)).toEqual([[98], 98]);
    expect(starts([bar(97)], 98 * MINUTE_MS)).toEqual([[], 98]);
    expect(starts([])).toEqual([[], undefined]);
  });

  it('are quotes with a side that say something else', () => {
    const first = newQuotes([quote()], undefined);
    expect(first.fresh).toHaveLength(1);
    expect(newQuotes([quote({ last: 12 })], first.mark).fresh).toEqual([]);
    expect(newQuotes([quote({ ask: 12 })], first.mark).fresh).toHaveLength(1);
    expect(newQuotes([quote({ bid: null, ask: null })], first.mark)).toEqual({ fresh: [], mark: first.mark });
    expect(newQuotes([], undefined).fresh).toEqual([]);
  });

  it('are values of new periods and revisions, an absent value being one too', () => {
    const value = (date: string, number: number | null): ObservationRecord => ({ kind: 'observation', series: 'S', date, period: null, value: number, unit: null, knownFrom: null, knownTo: null });
    const first = newObservations([value('2024-01-01', 1), value('2024-02-01', null)], undefined);
    expect(first.fresh).toHaveLength(2);
    const second = newObservations([value('2024-01-01', 1), value('2024-02-01', 2), value('2024-03-01', 3)], first.mark);
    expect(second.fresh.map(({ date }) => date)).toEqual(['2024-02-01', '2024-03-01']);
    expect(newObservations([value('2024-03-01', 3)], second.mark).fresh).toEqual([]);
  });

  it('are facts of filings that were not told', () => {
    const fact = (accession: string): FactRecord => ({
      kind: 'fact', company: '1', taxonomy: 'us-gaap', tag: 'T', unit: 'USD', start: null, end: '2023-12-31', value: 1, duration: 'instant', fiscalYear: null, fiscalPeriod: null, form: '10-K', filed: '2024-02-01', accession, frame: null,
    });
    const first = newFacts([fact('a'), fact('a'), fact('b')]);
    expect([first.fresh.length, first.mark]).toEqual([3, ['a', 'b']]);
    expect(newFacts([fact('a'), fact('c')], first.mark)).toEqual({ fresh: [fact('c')], mark: ['a', 'b', 'c'] });
  });
});
