import type { Provenance } from '@nautilus/model';
import type { Driver } from './driver.ts';
import { Conditions, readPage } from './keyset.ts';
import type { Sinks } from './sinks.ts';
import type { CompanyFactRow, ObservationRow, Page, Paged, ReferenceRepository, SessionRow, TimeRange } from './store.ts';
import { fromMicros, microsOf, textArray, timeOf, toMicros, type Table } from './table.ts';
import type { BatchLane } from './writer.ts';

const OBSERVATIONS: Table<ObservationRow> = {
  name: 'economic_observations',
  columns: [
    { name: 'source', type: 'text', value: (row) => row.source },
    { name: 'series_id', type: 'text', value: (row) => row.series },
    { name: 'time', type: 'micros', value: (row) => toMicros(row.time) },
    { name: 'vintage', type: 'micros', value: (row) => toMicros(row.vintage) },
    { name: 'value', type: 'float8', value: (row) => row.value },
    { name: 'unit', type: 'text', value: (row) => row.unit },
    { name: 'period', type: 'text', value: (row) => row.period },
    { name: 'ingested_at', type: 'micros', value: (row) => toMicros(row.ingestedAt) },
    { name: 'provenance', type: 'text', value: (row) => row.provenance },
  ],
  onConflict: 'on conflict do nothing',
};

const FACTS: Table<CompanyFactRow> = {
  name: 'company_facts',
  columns: [
    { name: 'source', type: 'text', value: (row) => row.source },
    { name: 'cik', type: 'text', value: (row) => row.cik },
    { name: 'symbol', type: 'text', value: (row) => row.symbol },
    { name: 'taxonomy', type: 'text', value: (row) => row.taxonomy },
    { name: 'tag', type: 'text', value: (row) => row.tag },
    { name: 'unit', type: 'text', value: (row) => row.unit },
    { name: 'period_end', type: 'micros', value: (row) => toMicros(row.end) },
    { name: 'period_start', type: 'micros', value: (row) => toMicros(row.start ?? row.end) },
    { name: 'is_instant', type: 'bool', value: (row) => row.start === null },
    { name: 'accession', type: 'text', value: (row) => row.accession },
    { name: 'form', type: 'text', value: (row) => row.form },
    { name: 'filed', type: 'micros', value: (row) => toMicros(row.filed) },
    { name: 'value', type: 'float8', value: (row) => row.value },
    { name: 'ingested_at', type: 'micros', value: (row) => toMicros(row.ingestedAt) },
    { name: 'provenance', type: 'text', value: (row) => row.provenance },
  ],
  onConflict: 'on conflict do nothing',
};

type Observed = readonly [
  source: string, series: string, time: bigint, vintage: bigint, value: number | null, unit: string | null, period: string | null, ingested: bigint, provenance: Provenance,
];
type Reported = readonly [
  source: string, cik: string, symbol: string, taxonomy: string, tag: string, unit: string, start: bigint, end: bigint, isInstant: boolean, accession: string, form: string,
  filed: bigint, value: number, ingested: bigint, provenance: Provenance,
];

export class SqlReferenceRepository implements ReferenceRepository {
  readonly #driver: Driver;
  readonly #observations: BatchLane<ObservationRow>;
  readonly #facts: BatchLane<CompanyFactRow>;

  constructor(driver: Driver, sinks: Sinks) {
    this.#driver = driver;
    this.#observations = sinks.plain(OBSERVATIONS);
    this.#facts = sinks.plain(FACTS);
  }

  appendObservations(rows: readonly ObservationRow[]): Promise<void> {
    return this.#observations.append(rows);
  }

  observations(source: string, series: string, range: TimeRange, page?: Page): Promise<Paged<ObservationRow>> {
    return readPage<Observed, ObservationRow>(this.#driver, {
      columns: `e.source, e.series_id, ${microsOf('e.time')}, ${microsOf('e.vintage')}, e.value, e.unit, e.period, ${microsOf('e.ingested_at')}, e.provenance`,
      from: 'economic_observations e',
      where: new Conditions().equal('e.source', source).equal('e.series_id', series).range('e.time', range),
      keys: [{ column: 'e.time', type: 'micros' }, { column: 'e.vintage', type: 'micros' }],
      backward: range.from === undefined,
      page,
      read: ([from, id, time, vintage, value, unit, period, ingested, provenance]) => ({
        source: from, series: id, time: fromMicros(time), vintage: fromMicros(vintage), value, unit, period, ingestedAt: fromMicros(ingested), provenance,
      }),
    });
  }

  appendFacts(rows: readonly CompanyFactRow[]): Promise<void> {
    return this.#facts.append(rows);
  }

  facts(symbol: string, filed: TimeRange, page?: Page): Promise<Paged<CompanyFactRow>> {
    return readPage<Reported, CompanyFactRow>(this.#driver, {
      columns: `e.source, e.cik, e.symbol, e.taxonomy, e.tag, e.unit, ${microsOf('e.period_start')}, ${microsOf('e.period_end')}, e.is_instant, e.accession, e.form,
        ${microsOf('e.filed')}, e.value, ${microsOf('e.ingested_at')}, e.provenance`,
      from: '(select f.*, (case when is_instant then 1 else 0 end) as instant from company_facts f) as e',
      where: new Conditions().equal('e.symbol', symbol).range('e.filed', filed),
      keys: [
        { column: 'e.filed', type: 'micros' }, { column: 'e.tag', type: 'text' }, { column: 'e.unit', type: 'text' }, { column: 'e.period_end', type: 'micros' },
        { column: 'e.period_start', type: 'micros' }, { column: 'e.instant', type: 'int4' }, { column: 'e.accession', type: 'text' }, { column: 'e.taxonomy', type: 'text' },
        { column: 'e.cik', type: 'text' }, { column: 'e.source', type: 'text' },
      ],
      backward: filed.from === undefined,
      page,
      read: ([source, cik, name, taxonomy, tag, unit, start, end, isInstant, accession, form, day, value, ingested, provenance]) => ({
        source, cik, symbol: name, taxonomy, tag, unit, start: isInstant ? null : fromMicros(start), end: fromMicros(end), accession, form, filed: fromMicros(day), value,
        ingestedAt: fromMicros(ingested), provenance,
      }),
    });
  }

  async putSessions(venue: string, sessions: readonly SessionRow[]): Promise<void> {
    const micros = (times: readonly number[]): string => `{${times.map(toMicros).join(',')}}`;
    await this.#driver.query(
      `insert into trading_calendar as t (venue, date, opens_at, closes_at)
       select $1, day::date, ${timeOf('opens')}, ${timeOf('closes')} from unnest($2::text[], $3::int8[], $4::int8[]) as s (day, opens, closes)
       on conflict (venue, date) do update set opens_at = excluded.opens_at, closes_at = excluded.closes_at
       where (t.opens_at, t.closes_at) is distinct from (excluded.opens_at, excluded.closes_at)`,
      [venue, textArray(sessions.map(({ date }) => date)), micros(sessions.map(({ opensAtMs }) => opensAtMs)), micros(sessions.map(({ closesAtMs }) => closesAtMs))],
    );
  }

  sessions(venue: string, page?: Page): Promise<Paged<SessionRow>> {
    return readPage<readonly [date: string, opens: bigint, closes: bigint], SessionRow>(this.#driver, {
      columns: `e.day, ${microsOf('e.opens_at')}, ${microsOf('e.closes_at')}`,
      from: '(select t.*, t.date::text as day from trading_calendar t) as e',
      where: new Conditions().equal('e.venue', venue),
      keys: [{ column: 'e.day', type: 'text' }],
      backward: false,
      page,
      read: ([date, opens, closes]) => ({ date, opensAtMs: fromMicros(opens), closesAtMs: fromMicros(closes) }),
    });
  }
}
