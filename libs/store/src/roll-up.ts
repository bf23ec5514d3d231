import type { Timeframe } from '@nautilus/model';
import type { Driver, Sql } from './driver.ts';
import { textArray, timeOf } from './table.ts';

const CHANGES_PER_RUN = 20_000;
/** Name of the lock that keeps two runs apart, whichever process they are in. */
const LOCK = 'nautilus roll-up';

const STEPS: readonly { readonly timeframe: Timeframe; readonly step: string }[] = [
  { timeframe: '5m', step: '5 minutes' },
  { timeframe: '15m', step: '15 minutes' },
  { timeframe: '1h', step: '1 hour' },
  { timeframe: '1d', step: '1 day' },
];

interface Changes {
  readonly instruments: string;
  readonly sources: string;
  readonly micros: string;
}

/**
 * Builds every longer bar from the 1-minute bars below it, never from another built one, so that sums are those of
 * direct aggregation to the last bit. Open is the first, close the last, volume and trades are sums, and
 * vwap = Σ vwap·volume / Σ volume; trades and vwap are null when a part does not tell. A bar is final once a final
 * 1-minute bar of its series reaches its end, and a final one that changes gets the next revision.
 */
export async function rollUpBars(driver: Driver): Promise<number> {
  let written = 0;
  for (;;) {
    const step = await driver.transaction(async (sql) => {
      await sql.query('select pg_advisory_xact_lock(hashtext($1))', [LOCK]);
      const taken = await takeChanges(sql);
      return taken === undefined ? undefined : await buildAll(sql, taken);
    });
    if (step === undefined) return written;
    written += step;
  }
}

/** Changes that are not committed yet stay for the next run, because this statement does not see them. */
async function takeChanges(sql: Sql): Promise<Changes | undefined> {
  const rows = await sql.query<[number, string, bigint]>(
    `with taken as (
       delete from market_bar_changes where id in (select id from market_bar_changes order by id limit ${CHANGES_PER_RUN})
       returning instrument_id, source, time)
     select distinct instrument_id, source, (extract(epoch from time) * 1000000)::int8 from taken`,
  );
  if (rows.length === 0) return undefined;
  return {
    instruments: `{${rows.map(([id]) => id).join(',')}}`,
    sources: textArray(rows.map(([, source]) => source)),
    micros: `{${rows.map(([, , micros]) => micros).join(',')}}`,
  };
}

async function buildAll(sql: Sql, changes: Changes): Promise<number> {
  let written = 0;
  for (const { timeframe, step } of STEPS) {
    const rows = await sql.query<[number]>(buildText(timeframe, step), [changes.instruments, changes.sources, changes.micros]);
    written += rows.length;
  }
  return written;
}

/**
 * Looks again at the buckets with changes, and at built bars that were still open when they were last seen: their
 * last minutes may have had no trade, so that only a later bar tells that they are over.
 */
function buildText(timeframe: Timeframe, step: string): string {
  return `
    with changed as (
      select distinct instrument_id, source, date_bin('${step}', ${timeOf('micros')}, timestamptz 'epoch') as start
      from unnest($1::int4[], $2::text[], $3::int8[]) as c (instrument_id, source, micros)
    ), reached as (
      select c.instrument_id, c.source, (
        select b.time + interval '1 minute' from market_bars b
        where b.instrument_id = c.instrument_id and b.timeframe = '1m' and b.source = c.source and b.is_final
        order by b.time desc limit 1) as until
      from (select distinct instrument_id, source from changed) c
    ), buckets as (
      select * from changed
      union
      select b.instrument_id, b.source, b.time from market_bars b join reached r using (instrument_id, source)
      where b.timeframe = '${timeframe}' and b.derived and not b.is_final and b.end_time <= r.until
    ), built as (
      select k.instrument_id, k.source, k.start,
        (array_agg(b.open order by b.time))[1] as open, max(b.high) as high, min(b.low) as low,
        (array_agg(b.close order by b.time desc))[1] as close, sum(b.volume order by b.time) as volume,
        case when bool_and(b.vwap is not null or b.volume = 0)
          then sum(b.vwap * b.volume order by b.time) / nullif(sum(b.volume order by b.time), 0) end as vwap,
        case when bool_and(b.trade_count is not null) then sum(b.trade_count)::int8 end as trade_count,
        (array_agg(b.provenance order by array_position('{live,replay,simulated}'::text[], b.provenance::text) desc))[1] as provenance
      from buckets k join market_bars b on b.instrument_id = k.instrument_id and b.source = k.source and b.timeframe = '1m'
        and b.is_final and b.time >= k.start and b.time < k.start + interval '${step}'
      group by k.instrument_id, k.source, k.start
    )
    insert into market_bars as t (instrument_id, timeframe, time, source, end_time, open, high, low, close, volume, vwap,
      trade_count, revision, is_final, derived, provenance)
    select n.instrument_id, '${timeframe}', n.start, n.source, n.start + interval '${step}', n.open, n.high, n.low, n.close,
      n.volume, n.vwap, n.trade_count, 0, n.start + interval '${step}' <= r.until, true, n.provenance
    from built n join reached r using (instrument_id, source)
    on conflict (instrument_id, timeframe, time, source) do update set
      open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close, volume = excluded.volume,
      vwap = excluded.vwap, trade_count = excluded.trade_count, is_final = excluded.is_final, provenance = excluded.provenance,
      revision = t.revision + case when t.is_final then 1 else 0 end
    where t.derived and (t.open, t.high, t.low, t.close, t.volume, t.vwap, t.trade_count, t.is_final, t.provenance) is distinct from
      (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume, excluded.vwap, excluded.trade_count,
       excluded.is_final, excluded.provenance)
    returning 1`;
}
