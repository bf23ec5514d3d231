-- Only adds tables, so the build before this one runs on; undone by dropping the three.
create table microstructure_results (
  time timestamptz not null,
  value double precision check (value > '-infinity' and value < 'infinity'),
  standard_error double precision check (standard_error >= 0 and standard_error < 'infinity'),
  observations bigint not null check (observations >= 0),
  instrument_id integer not null,
  measure text collate "C" not null,
  "window" text collate "C" not null,
  quality text,
  source text collate "C" not null,
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  primary key (instrument_id, measure, time, "window", source)
);
select make_hypertable('microstructure_results', '7 days');

create table pin_estimates (
  time timestamptz not null,
  probability double precision not null check (probability >= 0 and probability <= 1),
  standard_error double precision check (standard_error >= 0 and standard_error < 'infinity'),
  log_likelihood double precision not null check (log_likelihood > '-infinity' and log_likelihood < 'infinity'),
  observations bigint not null check (observations > 0),
  instrument_id integer not null,
  converged boolean not null,
  model text collate "C" not null check (model in ('pin', 'ivpin')),
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  parameters jsonb not null,
  primary key (instrument_id, time, model)
);

create table flash_crash_events (
  time timestamptz not null,
  score double precision not null check (score >= 0 and score <= 1),
  instrument_id integer not null,
  id text collate "C" not null,
  level text not null check (level in ('clear', 'watch', 'alert')),
  level_before text not null check (level_before in ('clear', 'watch', 'alert')),
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  inputs jsonb not null,
  primary key (instrument_id, time, id)
);
