import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readCalendar } from '../recordings/calendar.ts';
import { Zone } from '../recordings/zone.ts';
import { BarStarts, daysOf, holesOf, incompleteDays, missingDays } from './plan.ts';
import { PROVIDERS, unsplit } from './providers.ts';
import type { BarRecord } from '../sources/records.ts';

const file = fileURLToPath(new URL('../../../../data/exchange_calendars/xnys.csv.gz', import.meta.url));
const calendar = readCalendar(readFileSync(file), file);
const zone = new Zone('America/New_York');
const NOW = Date.parse('2023-02-01T00:00:00Z');
const dates = (days: readonly { readonly date: string }[]) => days.map(({ date }) => date);

describe('days on which bars are expected', () => {
  it('are the sessions of the exchange, early closes included', () => {
    const days = daysOf(calendar, zone, '2022-11-23', '2022-11-28', NOW);
    expect(dates(days)).toEqual(['2022-11-23', '2022-11-25', '2022-11-28']);
    expect(days[1]).toEqual({ date: '2022-11-25', opensAtMs: Date.parse('2022-11-25T14:30:00Z'), closesAtMs: Date.parse('2022-11-25T18:00:00Z'), isKnown: true });
  });

  it('are weekdays beyond the end of the calendar, and said to be unsure', () => {
    const days = daysOf(calendar, zone, '2023-01-12', '2023-01-17', NOW);
    expect(days.map(({ date, isKnown }) => [date, isKnown])).toEqual([['2023-01-12', true], ['2023-01-13', true], ['2023-01-16', false], ['2023-01-17', false]]);
    expect(days[3]).toMatchObject({ opensAtMs: Date.parse('2023-01-17T14:30:00Z'), closesAtMs: Date.parse('2023-01-17T21:00:00Z') });
  });

  it('have ended', () => {
    expect(dates(daysOf(calendar, zone, '2022-11-23', '2022-11-28', Date.parse('2022-11-28T20:59:59Z')))).toEqual(['2022-11-23', '2022-11-25']);
    expect(dates(daysOf(calendar, zone, '2023-01-30', '2099-01-01', NOW))).toEqual(['2023-01-30', '2023-01-31']);
    expect(daysOf(calendar, zone, '2022-11-26', '2022-11-27', NOW)).toEqual([]);
  });
});

describe('missing days', () => {
  const days = daysOf(calendar, zone, '2022-11-22', '2022-11-28', NOW);
  const bar = (iso: string) => ({ start_ms: Date.parse(iso) });

  it('have no bar that starts on the date, or in the session', () => {
    expect(dates(missingDays(days, '1d', new BarStarts([bar('2022-11-23'), bar('2022-11-28')])))).toEqual(['2022-11-22', '2022-11-25']);
    expect(dates(missingDays(days, '1m', new BarStarts([bar('2022-11-23T14:30:00Z'), bar('2022-11-25T18:00:00Z'), bar('2022-11-28T20:59:00Z')])))).toEqual(['2022-11-22', '2022-11-25']);
    expect(missingDays(days, '1d', new BarStarts([]))).toEqual(days);
  });

  it('within a session are runs of bars that could lie in it, up to an early close', () => {
    const [tuesday, , friday] = days;
    const every = (day: typeof tuesday, stepMs: number) => Array.from({ length: (day!.closesAtMs - day!.opensAtMs) / stepMs }, (_, i) => ({ start_ms: day!.opensAtMs + i * stepMs }));
    const whole = new BarStarts([...every(tuesday, 60_000), ...every(friday, 60_000)]);
    expect(dates(incompleteDays(days, '1m', whole))).toEqual(['2022-11-23', '2022-11-28']);
    expect(holesOf(friday!, '1m', whole)).toEqual([]);
    const at = (iso: string): number => Date.parse(iso);
    const holed = new BarStarts(every(friday, 60_000).filter((_, i) => i !== 0 && i !== 100 && i !== 101 && i !== 209));
    expect(holesOf(friday!, '1m', holed)).toEqual([
      { from: at('2022-11-25T14:30:00Z'), to: at('2022-11-25T14:31:00Z'), bars: 1 }, { from: at('2022-11-25T16:10:00Z'), to: at('2022-11-25T16:12:00Z'), bars: 2 },
      { from: at('2022-11-25T17:59:00Z'), to: at('2022-11-25T18:00:00Z'), bars: 1 },
    ]);
    // Hours are told from the opening by some sources and by the clock by others.
    expect(holesOf(friday!, '1h', new BarStarts([bar('2022-11-25T15:30:00Z'), bar('2022-11-25T17:00:00Z')]))).toEqual([{ from: at('2022-11-25T16:00:00Z'), to: at('2022-11-25T17:00:00Z'), bars: 1 }]);
  });

  it('are asked for in as few questions as a source allows', () => {
    const many = daysOf(calendar, zone, '2022-09-29', '2022-10-04', NOW);
    const parts = (source: string, timeframe: '1m' | '1d') => PROVIDERS.find((provider) => provider.source === source)?.partsOf(many, timeframe).map((part) => dates(part));
    expect(parts('alpha_vantage', '1d')).toEqual([dates(many)]);
    expect(parts('alpha_vantage', '1m')).toEqual([['2022-09-29', '2022-09-30'], ['2022-10-03', '2022-10-04']]);
    expect(parts('yahoo', '1m')?.flat()).toEqual(dates(many));
  });
});

it('prices that were adjusted for later splits become what was traded', () => {
  const bar: BarRecord = { kind: 'bar', symbol: 'NVDA', timeframe: '1d', start: Date.parse('2021-07-19'), open: 18, high: 19, low: 17, close: 18.75, volume: 800, adjustedClose: 18, currency: 'USD' };
  const after = { ...bar, start: Date.parse('2021-07-20') };
  const splits = [{ kind: 'action' as const, symbol: 'NVDA', action: 'split' as const, time: Date.parse('2021-07-20T13:30:00Z'), value: 4 }, { kind: 'action' as const, symbol: 'NVDA', action: 'split' as const, time: Date.parse('2024-06-10T13:30:00Z'), value: 10 }];
  expect(unsplit([bar, after], splits)).toEqual([{ ...bar, open: 720, high: 760, low: 680, close: 750, volume: 20 }, { ...after, open: 180, high: 190, low: 170, close: 187.5, volume: 80 }]);
  expect(unsplit([bar], [])).toEqual([bar]);
});
