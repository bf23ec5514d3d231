import type { Driver, Sql } from './driver.ts';
import { Conditions } from './keyset.ts';
import type { TimeRange, TradeColumns } from './store.ts';

const ROWS_PER_STATEMENT = 100_000;
/** What `timestamptz_send` counts from: 2000-01-01, in microseconds since 1970. */
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000;

type ColumnRow = readonly [rows: number, times: Buffer | null, rests: Buffer | null, prices: Buffer | null, sizes: Buffer | null];

/**
 * Reads columns as the concatenated binary form of their values, which costs one row of text to parse instead of
 * one per trade. All statements see one state of the table, so counting rows of the last microsecond is enough to
 * go on behind it.
 */
export async function readTradeColumns(
  driver: Driver,
  instrumentIds: readonly number[],
  range: TimeRange,
  rowsPerStatement = ROWS_PER_STATEMENT,
): Promise<TradeColumns> {
  const parts: TradeColumns[] = [];
  await driver.transaction(async (sql) => {
    let from: number | undefined;
    let behind = 0;
    for (;;) {
      const row = await readPart(sql, instrumentIds, range, from, behind, rowsPerStatement);
      if (row[0] === 0) return;
      const micros = microsIn(row[1] as Buffer);
      parts.push(decode(micros, row));
      if (row[0] < rowsPerStatement) return;
      const last = micros[micros.length - 1] as number;
      behind = micros.length - micros.indexOf(last) + (last === from ? behind : 0);
      from = last;
    }
  }, { snapshot: true });
  return join(parts);
}

async function readPart(
  sql: Sql, instrumentIds: readonly number[], range: TimeRange, from: number | undefined, behind: number, limit: number,
): Promise<ColumnRow> {
  const where = new Conditions().instrument('instrument_id', instrumentIds).range('time', range);
  where.texts.push('not suspicious');
  if (from !== undefined) where.texts.push(`time >= ${where.time(from / 1000, 'from')}`);
  const rows = await sql.query<ColumnRow>(
    `select count(*)::int4, string_agg(timestamptz_send(time), ''), string_agg(int2send(time_ns), ''),
       string_agg(float8send(price), ''), string_agg(float8send(size), '')
     from (select time, time_ns, price, size from market_ticks where ${where.toString()}
       order by time, time_ns, sequence, source, instrument_id offset ${behind} limit ${limit}) as part`,
    where.parameters,
  );
  return rows[0] as ColumnRow;
}

function microsIn(times: Buffer): Float64Array {
  const micros = new Float64Array(times.length / 8);
  for (let i = 0; i < micros.length; i++) {
    micros[i] = times.readInt32BE(i * 8) * 4_294_967_296 + times.readUInt32BE(i * 8 + 4) + POSTGRES_EPOCH_MICROS;
  }
  return micros;
}

function decode(micros: Float64Array, [rows, , rests, prices, sizes]: ColumnRow): TradeColumns {
  const timesMs = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const whole = Math.floor((micros[i] as number) / 1000);
    timesMs[i] = whole + (((micros[i] as number) - whole * 1000) * 1000 + (rests as Buffer).readInt16BE(i * 2)) / 1e6;
  }
  return { timesMs, prices: doublesIn(prices as Buffer), sizes: doublesIn(sizes as Buffer) };
}

function doublesIn(bytes: Buffer): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(bytes.length / 8);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat64(i * 8);
  return values;
}

function join(parts: readonly TradeColumns[]): TradeColumns {
  const rows = parts.reduce((sum, part) => sum + part.timesMs.length, 0);
  const all = { timesMs: new Float64Array(rows), prices: new Float64Array(rows), sizes: new Float64Array(rows) };
  let at = 0;
  for (const part of parts) {
    all.timesMs.set(part.timesMs, at);
    all.prices.set(part.prices, at);
    all.sizes.set(part.sizes, at);
    at += part.timesMs.length;
  }
  return all;
}
