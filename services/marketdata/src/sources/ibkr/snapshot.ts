import type { EpochMs } from '@nautilus/model';
import { z } from 'zod';
import { jsonAs } from '../json-body.ts';
import type { QuoteRecord } from '../records.ts';
import { MalformedError, type Endpoint } from '../source.ts';
import { readField, type PriceState } from './field-values.ts';
import { availabilityOf, SNAPSHOT_FIELDS, type Availability } from './fields.ts';

/** The fields of one contract, as far as the gateway has them. */
export interface SnapshotRecord {
  readonly kind: 'snapshot';
  readonly conid: number;
  /** False after the first call, which only makes the gateway subscribe: ask again. */
  readonly isReady: boolean;
  readonly updatedAt: EpochMs | null;
  /** By the names of the field table; only fields that came. */
  readonly values: Readonly<Record<string, number | string | boolean | null>>;
  /** Prices that are a former close, or the last one before a halt. */
  readonly states: Readonly<Record<string, PriceState>>;
  readonly availability: Availability | null;
}

export interface SnapshotParameters {
  readonly conids: readonly number[];
  /** Numbers of fields, as text. */
  readonly fields: readonly string[];
}

const row = z.object({ conid: z.int(), _updated: z.number().optional() }).loose();

/** Never kept: the second call must reach the gateway. */
export const snapshotEndpoint: Endpoint<SnapshotParameters, SnapshotRecord> = {
  name: 'snapshot',
  freshMs: () => 0,
  request: ({ conids, fields }) => ({ path: '/iserver/marketdata/snapshot', query: { conids: conids.join(','), fields: fields.join(',') } }),
  parse(response, { conids, fields }) {
    const rows = jsonAs(response, z.array(row));
    return { records: conids.map((conid) => snapshotOf(conid, rows.find((one) => one.conid === conid) ?? { conid }, fields)) };
  },
};

/** A row of a snapshot, or a message `smd` of the stream. @throws MalformedError for a value that is not of its field's kind */
export function snapshotOf(conid: number, fields: Readonly<Record<string, unknown>>, wanted: readonly string[] = [...SNAPSHOT_FIELDS.keys()]): SnapshotRecord {
  const values: Record<string, number | string | boolean | null> = {};
  const states: Record<string, PriceState> = {};
  for (const id of wanted) {
    const field = SNAPSHOT_FIELDS.get(id);
    const raw = fields[id];
    if (field === undefined || raw === undefined) continue;
    const read = readField(field.kind, raw);
    if (read === undefined) throw new MalformedError(`field ${id} (${field.name}) of ${conid}: ${JSON.stringify(raw)}`);
    values[field.name] = read.value;
    if ('state' in read && read.state !== undefined) states[field.name] = read.state;
  }
  const updated = fields['_updated'];
  return {
    kind: 'snapshot', conid, isReady: Object.keys(values).some((name) => !ALWAYS_THERE.has(name)), updatedAt: typeof updated === 'number' ? updated : null, values, states,
    availability: availabilityIn(conid, values['market_data_availability']),
  };
}

/** These come with the first call already and say nothing about prices. */
const ALWAYS_THERE = new Set(['conid', 'market_data_marker', 'service_params', 'market_data_availability']);

function availabilityIn(conid: number, text: unknown): Availability | null {
  if (typeof text !== 'string') return null;
  const availability = availabilityOf(text);
  if (availability === undefined) throw new MalformedError(`availability of ${conid}: ${JSON.stringify(text)}`);
  return availability;
}

/** US stocks show bid and ask sizes in hundreds. */
const LOT = 100;

export function quoteOf(symbol: string, isUsStock: boolean, { values, states, availability, updatedAt }: SnapshotRecord): QuoteRecord {
  const number = (name: string): number | null => {
    const value = values[name];
    return typeof value === 'number' ? value : null;
  };
  const size = (name: string): number | null => {
    const value = number(name);
    return value === null || !isUsStock ? value : value * LOT;
  };
  return {
    kind: 'quote', symbol, time: updatedAt, date: null, last: number('last_price'),
    bid: number('bid_price'), bidSize: size('bid_size'), ask: number('ask_price'), askSize: size('ask_size'),
    open: number('open'), high: number('high'), low: number('low'), previousClose: number('prior_close'),
    volume: number('volume_long') ?? number('volume'), currency: null,
    condition: states['last_price'] ?? (availability?.timeliness === 'delayed' || availability?.timeliness === 'frozen_delayed' ? 'delayed' : null),
  };
}
