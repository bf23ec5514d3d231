-- `start_ms` and `end_ms` keep the double that the calculation gave; `time` is the end of the bucket.
create table vpin_buckets (
  time timestamptz not null,
  start_ms double precision not null,
  end_ms double precision not null,
  bucket_id bigint not null,
  target_volume double precision not null check (target_volume > 0 and target_volume < 'infinity'),
  buy_volume double precision not null check (buy_volume >= 0 and buy_volume < 'infinity'),
  sell_volume double precision not null check (sell_volume >= 0 and sell_volume < 'infinity'),
  order_imbalance double precision not null check (order_imbalance >= 0 and order_imbalance < 'infinity'),
  instrument_id integer not null,
  series text collate "C" not null,
  source text collate "C" not null,
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  parameters jsonb not null,
  primary key (instrument_id, time, series, bucket_id)
);
select make_hypertable('vpin_buckets', '7 days');

create table vpin_results (
  time timestamptz not null,
  bucket_id bigint not null,
  vpin double precision check (vpin > '-infinity' and vpin < 'infinity'),
  percentile double precision check (percentile > '-infinity' and percentile < 'infinity'),
  confidence double precision not null check (confidence >= 0 and confidence <= 1),
  instrument_id integer not null,
  warming_up boolean not null,
  toxicity_level text,
  series text collate "C" not null,
  source text collate "C" not null,
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  primary key (instrument_id, time, series, bucket_id)
);
select make_hypertable('vpin_results', '7 days');

create table vpin_alerts (
  time timestamptz not null,
  percentile double precision not null check (percentile > '-infinity' and percentile < 'infinity'),
  vpin double precision not null check (vpin > '-infinity' and vpin < 'infinity'),
  instrument_id integer not null,
  cleared boolean not null,
  id text collate "C" not null,
  severity text not null,
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  primary key (instrument_id, time, id)
);

create table feature_values (
  time timestamptz not null,
  value double precision check (value > '-infinity' and value < 'infinity'),
  confidence double precision not null check (confidence >= 0 and confidence <= 1),
  instrument_id integer not null,
  feature text collate "C" not null,
  timeframe text collate "C" not null,
  source text collate "C" not null,
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  reason text,
  primary key (instrument_id, feature, time, timeframe, source)
);
select make_hypertable('feature_values', '7 days');
