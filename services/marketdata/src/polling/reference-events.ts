import { InvalidInputError, nsFromMs, PROVENANCES, type EpochMs } from '@nautilus/model';
import type { CompanyFactRow, ObservationRow } from '@nautilus/store';
import { z } from 'zod';
import type { FactRecord, ObservationRecord } from '../sources/records.ts';

/** What an event of an outside source says about itself; the figures follow in a list of their own. */
interface Head {
  /** Company or series. */
  readonly symbol: string;
  readonly source: string;
  readonly seq: number;
  /** When the source answered. */
  readonly fetchedAt: EpochMs;
}

const day = z.iso.date();
const head = {
  symbol: z.string().min(1), source: z.string().min(1), provenance: z.enum(PROVENANCES), seq: z.int().nonnegative(), ts_event_ns: z.bigint(), ts_ingest_ns: z.bigint(), run_id: z.null(),
};
/** Payload of `market_data.economic.<series>`. */
const observationsSchema = z.object({
  ...head, observations: z.array(z.object({ date: day, period: z.string().nullable(), value: z.number().nullable(), unit: z.string().nullable(), known_from: day })),
});
/** Payload of `market_data.fundamental.<symbol>`. */
const factsSchema = z.object({
  ...head, cik: z.string().min(1),
  facts: z.array(z.object({
    taxonomy: z.string(), tag: z.string().min(1), unit: z.string(), start: day.nullable(), end: day, value: z.number(), form: z.string(), filed: day, accession: z.string().min(1),
  })),
});
export type ObservationsPayload = z.infer<typeof observationsSchema>;
export type FactsPayload = z.infer<typeof factsSchema>;

const midnight = (date: string): EpochMs => Date.parse(`${date}T00:00:00Z`);
const newest = (dates: readonly string[]): EpochMs => midnight(dates.reduce((last, date) => (date > last ? date : last)));
const common = ({ fetchedAt, ...named }: Head, eventAt: EpochMs) => ({
  ...named, provenance: 'live' as const, run_id: null, ts_event_ns: nsFromMs(eventAt), ts_ingest_ns: nsFromMs(fetchedAt),
});

/** Event time is the newest period told. A source without vintages is known to have known the value on the day it was asked. `records` has at least one. */
export function observationsPayload(of: Head, records: readonly ObservationRecord[]): ObservationsPayload {
  const askedOn = new Date(of.fetchedAt).toISOString().slice(0, 10);
  return {
    ...common(of, newest(records.map(({ date }) => date))),
    observations: records.map(({ date, period, value, unit, knownFrom }) => ({ date, period, value, unit, known_from: knownFrom ?? askedOn })),
  };
}

/** Event time is the newest day of filing. `records` has at least one. */
export function factsPayload(of: Head, cik: string, records: readonly FactRecord[]): FactsPayload {
  return {
    ...common(of, newest(records.map(({ filed }) => filed))), cik,
    facts: records.map(({ taxonomy, tag, unit, start, end, value, form, filed, accession }) => ({ taxonomy, tag, unit, start, end, value, form, filed, accession })),
  };
}

/** @throws InvalidInputError */
export function observationRows(payload: unknown): readonly ObservationRow[] {
  const { symbol: series, source, provenance, ts_ingest_ns: ingested, observations } = checked(observationsSchema, payload);
  return observations.map(({ date, period, value, unit, known_from: knownFrom }) => ({
    source, series, provenance, time: midnight(date), vintage: midnight(knownFrom), value, unit, period, ingestedAt: Number(ingested / 1_000_000n),
  }));
}

/** @throws InvalidInputError */
export function factRows(payload: unknown): readonly CompanyFactRow[] {
  const { symbol, source, provenance, cik, ts_ingest_ns: ingested, facts } = checked(factsSchema, payload);
  return facts.map(({ start, end, filed, ...fact }) => ({
    ...fact, symbol, source, provenance, cik, start: start === null ? null : midnight(start), end: midnight(end), filed: midnight(filed), ingestedAt: Number(ingested / 1_000_000n),
  }));
}

function checked<T>(schema: z.ZodType<T>, payload: unknown): T {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(parsed.error.issues.map(({ path, message }) => ({ path: `payload.${path.join('.')}`, message })));
}
