-- Event time is `time` (microseconds) plus `time_ns`, the 0 to 999 nanoseconds that timestamptz cannot hold.
-- No foreign keys from event tables: a check per row would halve the rate, and instruments are never deleted.
-- Text in keys has collation "C": comparing bytes is faster and the same on every server.

create function make_hypertable(relation regclass, chunk interval) returns void language plpgsql as $$
begin
  if exists (select from pg_extension where extname = 'timescaledb') then
    execute format(
      'select create_hypertable(%L::regclass, %L, chunk_time_interval => %L::interval, create_default_indexes => false)',
      relation, 'time', chunk);
  end if;
end $$;

create table instruments (
  id integer generated always as identity primary key,
  symbol text collate "C" not null check (symbol <> ''),
  venue text collate "C" not null,
  asset_class text,
  currency text,
  is_active boolean not null default true,
  unique (symbol, venue)
);

create table market_ticks (
  time timestamptz not null,
  sequence bigint not null check (sequence >= 0),
  ingested_ns bigint not null,
  price double precision not null check (price > '-infinity' and price < 'infinity'),
  size double precision not null check (size > '-infinity' and size < 'infinity'),
  instrument_id integer not null,
  time_ns smallint not null,
  suspicious boolean not null,
  source text collate "C" not null,
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  exchange text not null,
  condition text not null,
  primary key (instrument_id, time, time_ns, sequence, source)
);
select make_hypertable('market_ticks', '1 day');

create table market_quotes (
  time timestamptz not null,
  sequence bigint not null check (sequence >= 0),
  ingested_ns bigint not null,
  bid double precision check (bid > '-infinity' and bid < 'infinity'),
  bid_size double precision check (bid_size > '-infinity' and bid_size < 'infinity'),
  ask double precision check (ask > '-infinity' and ask < 'infinity'),
  ask_size double precision check (ask_size > '-infinity' and ask_size < 'infinity'),
  instrument_id integer not null,
  time_ns smallint not null,
  suspicious boolean not null,
  source text collate "C" not null,
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  exchange text not null,
  condition text not null,
  primary key (instrument_id, time, time_ns, sequence, source)
);
select make_hypertable('market_quotes', '1 day');

-- `derived` marks a bar that the roll-up built; a bar that its source gave takes its place.
create table market_bars (
  time timestamptz not null,
  end_time timestamptz not null,
  open double precision not null check (open > '-infinity' and open < 'infinity'),
  high double precision not null check (high > '-infinity' and high < 'infinity'),
  low double precision not null check (low > '-infinity' and low < 'infinity'),
  close double precision not null check (close > '-infinity' and close < 'infinity'),
  volume double precision not null check (volume >= 0 and volume < 'infinity'),
  vwap double precision check (vwap > '-infinity' and vwap < 'infinity'),
  trade_count bigint,
  instrument_id integer not null,
  revision integer not null,
  is_final boolean not null,
  derived boolean not null default false,
  timeframe text collate "C" not null,
  source text collate "C" not null,
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  primary key (instrument_id, timeframe, time, source)
);
select make_hypertable('market_bars', '90 days');

-- What the roll-up has still to look at: the 5-minute buckets in which final 1-minute bars were written.
-- A log without a key, so that writers never wait for each other or for the roll-up.
create table market_bar_changes (
  id bigint generated always as identity primary key,
  instrument_id integer not null,
  source text collate "C" not null,
  time timestamptz not null
);

create table feed_subscriptions (
  id text collate "C" primary key,
  symbol text not null,
  source text not null,
  data_types text[] not null,
  is_active boolean not null,
  created_at timestamptz not null
);

create table ingest_runs (
  id text collate "C" primary key,
  source text not null,
  what text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  accepted bigint not null,
  rejected bigint not null,
  error text
);
create index ingest_runs_newest on ingest_runs (started_at, id);
