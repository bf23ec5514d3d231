import { DAY_MS, HOUR_MS } from '../freshness.ts';
import type { ObservationRecord } from '../records.ts';
import { MalformedError, type Endpoint } from '../source.ts';
import { dateOf, numberOf, objectOf, textOf } from '../values.ts';
import { bodyOf } from './body.ts';
import { pageOf } from './page.ts';

const ABSENT = ['.'];

export interface ObservationParameters {
  readonly series: string;
  /** Inclusive days of observation. */
  readonly from?: string;
  readonly to?: string;
  /** Inclusive days on which the values were known; default today only. */
  readonly knownFrom?: string;
  readonly knownTo?: string;
  readonly units?: 'lin' | 'chg' | 'ch1' | 'pch' | 'pc1' | 'pca' | 'cch' | 'cca' | 'log';
  /** Of lower frequency than the series: `m`, `q`, `a`, … */
  readonly frequency?: string;
  readonly aggregation?: 'avg' | 'sum' | 'eop';
  /** 1: by period of validity; 2: by vintage, all; 3: by vintage, new and revised; 4: first release only. */
  readonly outputType?: 1 | 2 | 3 | 4;
  readonly limit?: number;
  readonly offset?: number;
}

/** Values of a series, oldest first, a page at a time. A value of `.` is null. */
export const observations: Endpoint<ObservationParameters, ObservationRecord> = {
  name: 'observations',
  freshMs: () => HOUR_MS,
  staleMs: DAY_MS,
  request: ({ series, from, to, knownFrom, knownTo, units, frequency, aggregation, outputType, limit, offset }) => ({
    path: '/series/observations',
    query: {
      series_id: series, observation_start: from, observation_end: to, realtime_start: knownFrom, realtime_end: knownTo, units, frequency,
      aggregation_method: aggregation, output_type: outputType, limit, offset, sort_order: 'asc',
    },
  }),
  parse(response, parameters) {
    const unit = parameters.units === undefined || parameters.units === 'lin' ? null : parameters.units;
    return pageOf(bodyOf(response, 'observations'), parameters, (row) => recordsOf(objectOf(row, 'an observation'), parameters.series, unit));
  },
};

function recordsOf(row: Readonly<Record<string, unknown>>, series: string, unit: string | null): readonly ObservationRecord[] {
  const date = dateOf(row['date'], 'date');
  const common = { kind: 'observation' as const, series, date, period: null, unit };
  if ('value' in row) {
    const [knownFrom, knownTo] = [dateOf(row['realtime_start'], 'realtime_start'), dateOf(row['realtime_end'], 'realtime_end')];
    return [{ ...common, value: numberOf(row['value'], 'value', ABSENT), knownFrom, knownTo }];
  }
  // One column per vintage: `PAYEMS_20150605`.
  const vintages = Object.entries(row).filter(([name]) => /_\d{8}$/.test(name));
  if (vintages.length === 0) throw new MalformedError('an observation without a value');
  return vintages.map(([name, value]) => {
    const day = name.slice(-8);
    const knownFrom = dateOf(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`, name);
    return { ...common, value: numberOf(value, name, ABSENT), knownFrom, knownTo: null };
  });
}

/**
 * What was known at the end of that day: of each date the value whose span of validity holds the day. For
 * observations that were fetched with all their vintages.
 */
export function asKnownOn(records: readonly ObservationRecord[], day: string): readonly ObservationRecord[] {
  return records.filter(({ knownFrom, knownTo }) => (knownFrom ?? day) <= day && day <= (knownTo ?? '9999-12-31'));
}

/** Days on which the series was published or revised. */
export const vintageDates: Endpoint<{ readonly series: string; readonly offset?: number }, string> = {
  name: 'vintage_dates',
  freshMs: () => HOUR_MS,
  request: ({ series, offset }) => ({ path: '/series/vintagedates', query: { series_id: series, offset } }),
  parse: (response, parameters) => pageOf(bodyOf(response, 'vintage_dates'), parameters, (row) => dateOf(textOf(row, 'vintage date'), 'vintage date')),
};
