import type { Provenance } from '@nautilus/model';
import type { Driver } from './driver.ts';
import { Conditions, EMPTY_PAGE, readPage } from './keyset.ts';
import type { Sinks } from './sinks.ts';
import type { Page, Paged, TimeRange, ToxicityAlertRow, VpinBucketRow, VpinRepository } from './store.ts';
import { symbolIds } from './symbol-ids.ts';
import { fromMicros, microsOf, toMicros, type Column, type Table } from './table.ts';
import type { BatchLane } from './writer.ts';

const KEY_COLUMNS: readonly Column<VpinBucketRow>[] = [
  { name: 'instrument_id', type: 'int4', value: (_row, id) => id },
  { name: 'time', type: 'micros', value: (row) => toMicros(row.endMs) },
  { name: 'series', type: 'text', value: (row) => row.series },
  { name: 'bucket_id', type: 'int8', value: (row) => row.bucketId },
  { name: 'source', type: 'text', value: (row) => row.source },
  { name: 'provenance', type: 'text', value: (row) => row.provenance },
];

const BUCKETS: Table<VpinBucketRow> = {
  name: 'vpin_buckets',
  columns: [
    ...KEY_COLUMNS,
    { name: 'start_ms', type: 'float8', value: (row) => row.startMs },
    { name: 'end_ms', type: 'float8', value: (row) => row.endMs },
    { name: 'target_volume', type: 'float8', value: (row) => row.targetVolume },
    { name: 'buy_volume', type: 'float8', value: (row) => row.buyVolume },
    { name: 'sell_volume', type: 'float8', value: (row) => row.sellVolume },
    { name: 'order_imbalance', type: 'float8', value: (row) => row.orderImbalance },
    { name: 'parameters', type: 'jsonb', value: (row) => JSON.stringify(row.parameters) },
  ],
  onConflict: 'on conflict do nothing',
};

const RESULTS: Table<VpinBucketRow> = {
  name: 'vpin_results',
  columns: [
    ...KEY_COLUMNS,
    { name: 'vpin', type: 'float8', value: (row) => row.vpin },
    { name: 'percentile', type: 'float8', value: (row) => row.percentile },
    { name: 'confidence', type: 'float8', value: (row) => row.confidence },
    { name: 'warming_up', type: 'bool', value: (row) => row.warmingUp },
    { name: 'toxicity_level', type: 'text', value: (row) => row.toxicityLevel },
  ],
  onConflict: 'on conflict do nothing',
};

const ALERT_KEY = ['instrument_id', 'time', 'id'];

const ALERTS: Table<ToxicityAlertRow> = {
  name: 'vpin_alerts',
  columns: [
    { name: 'instrument_id', type: 'int4', value: (_row, id) => id },
    { name: 'time', type: 'micros', value: (row) => toMicros(row.time) },
    { name: 'id', type: 'text', value: (row) => row.id },
    { name: 'severity', type: 'text', value: (row) => row.severity },
    { name: 'percentile', type: 'float8', value: (row) => row.percentile },
    { name: 'basis', type: 'text', value: (row) => row.basis },
    { name: 'vpin', type: 'float8', value: (row) => row.vpin },
    { name: 'cleared', type: 'bool', value: (row) => row.cleared },
    { name: 'provenance', type: 'text', value: (row) => row.provenance },
  ],
  onConflict: `on conflict (${ALERT_KEY.join(', ')}) do update set cleared = true where excluded.cleared and not t.cleared`,
  deduplicate: { key: ALERT_KEY, prefer: ['cleared desc'] },
};

type BucketRow = readonly [
  symbol: string, series: string, bucketId: bigint, startMs: number, endMs: number, target: number, buy: number, sell: number,
  imbalance: number, vpin: number | null, level: string | null, confidence: number, percentile: number | null,
  warmingUp: boolean, parameters: Record<string, unknown>, source: string, provenance: Provenance,
];
type AlertRow = readonly [symbol: string, time: bigint, id: string, severity: string, percentile: number, basis: ToxicityAlertRow['basis'], vpin: number, cleared: boolean, provenance: Provenance];

export class SqlVpinRepository implements VpinRepository {
  readonly #driver: Driver;
  readonly #buckets: BatchLane<VpinBucketRow>;
  readonly #alerts: BatchLane<ToxicityAlertRow>;

  constructor(driver: Driver, sinks: Sinks) {
    this.#driver = driver;
    this.#buckets = sinks.ofInstruments(BUCKETS, RESULTS);
    this.#alerts = sinks.ofInstruments(ALERTS);
  }

  appendBuckets(rows: readonly VpinBucketRow[]): Promise<void> {
    return this.#buckets.append(rows);
  }

  appendAlerts(rows: readonly ToxicityAlertRow[]): Promise<void> {
    return this.#alerts.append(rows);
  }

  async history(symbol: string, range: TimeRange, page?: Page): Promise<Paged<VpinBucketRow>> {
    const ids = await symbolIds(this.#driver, symbol);
    if (ids.length === 0) return EMPTY_PAGE;
    return readPage<BucketRow, VpinBucketRow>(this.#driver, {
      columns: `i.symbol, e.series, e.bucket_id, e.start_ms, e.end_ms, e.target_volume, e.buy_volume, e.sell_volume, e.order_imbalance,
        r.vpin, r.toxicity_level, r.confidence, r.percentile, r.warming_up, e.parameters, e.source, e.provenance`,
      from: `vpin_buckets e join vpin_results r using (instrument_id, time, series, bucket_id) join instruments i on i.id = e.instrument_id`,
      where: new Conditions().instrument('e.instrument_id', ids).range('e.time', range),
      keys: [
        { column: 'e.time', type: 'micros' }, { column: 'e.series', type: 'text' },
        { column: 'e.bucket_id', type: 'int8' }, { column: 'e.instrument_id', type: 'int4' },
      ],
      backward: range.from === undefined,
      page,
      read: bucketOf,
    });
  }

  async alerts(symbol: string, range: TimeRange, page?: Page): Promise<Paged<ToxicityAlertRow>> {
    const ids = await symbolIds(this.#driver, symbol);
    if (ids.length === 0) return EMPTY_PAGE;
    return readPage<AlertRow, ToxicityAlertRow>(this.#driver, {
      columns: `i.symbol, ${microsOf('e.time')}, e.id, e.severity, e.percentile, e.basis, e.vpin, e.cleared, e.provenance`,
      from: 'vpin_alerts e join instruments i on i.id = e.instrument_id',
      where: new Conditions().instrument('e.instrument_id', ids).range('e.time', range),
      keys: [{ column: 'e.time', type: 'micros' }, { column: 'e.id', type: 'text' }, { column: 'e.instrument_id', type: 'int4' }],
      backward: range.from === undefined,
      page,
      read: ([name, time, id, severity, percentile, basis, vpin, cleared, provenance]) => ({
        symbol: name, time: fromMicros(time), id, severity, percentile, basis, vpin, cleared, provenance,
      }),
    });
  }
}

function bucketOf(row: BucketRow): VpinBucketRow {
  const [symbol, series, bucketId, startMs, endMs, targetVolume, buyVolume, sellVolume, orderImbalance, vpin, toxicityLevel, confidence,
    percentile, warmingUp, parameters, source, provenance] = row;
  return {
    symbol, series, bucketId: Number(bucketId), startMs, endMs, targetVolume, buyVolume, sellVolume, orderImbalance, vpin,
    toxicityLevel, confidence, percentile, warmingUp, parameters, source, provenance,
  };
}
