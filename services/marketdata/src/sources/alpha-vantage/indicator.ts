import { HOUR_MS } from '../freshness.ts';
import type { ObservationRecord } from '../records.ts';
import type { Endpoint } from '../source.ts';
import { bodyOf, Fields, member, utcOf } from './fields.ts';
import { objectOf } from '../values.ts';

export interface IndicatorParameters {
  readonly symbol: string;
  /** `SMA`, `RSI`, `MACD`, … */
  readonly indicator: string;
  readonly interval: '1min' | '5min' | '15min' | '30min' | '60min' | 'daily' | 'weekly' | 'monthly';
  readonly timePeriod: number;
  readonly seriesType: 'open' | 'high' | 'low' | 'close';
}

/** An observation at an instant; `period` holds its UTC time in ISO 8601. Several outputs are series of their own. */
export const indicator: Endpoint<IndicatorParameters, ObservationRecord> = {
  name: 'indicator',
  freshMs: () => HOUR_MS,
  request: ({ symbol, indicator: name, interval, timePeriod, seriesType }) => ({
    path: '/query', query: { function: name, symbol, interval, time_period: timePeriod, series_type: seriesType, datatype: 'json' },
  }),
  parse(response, { symbol }) {
    const body = bodyOf(response, symbol);
    const zone = new Fields(member(body, 'Meta Data'), 'Meta Data').required('Time Zone');
    const points = Object.entries(member(body, 'Technical Analysis')).map(([label, outputs]) => ({ time: utcOf(label, zone), label, outputs }));
    return {
      records: points.sort((a, b) => a.time - b.time).flatMap(({ time, label, outputs }) => {
        const fields = new Fields(outputs, label);
        return Object.keys(objectOf(outputs, label)).map((output): ObservationRecord => ({
          kind: 'observation', series: `${symbol}/${output}`, date: label.slice(0, 10), period: new Date(time).toISOString(), value: fields.number(output),
          unit: null, knownFrom: null, knownTo: null,
        }));
      }),
    };
  },
};
