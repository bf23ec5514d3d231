-- What outside sources tell beside trades, quotes and bars. A value that is told again is left as it is; one that was
-- revised is a row of its own: `vintage` and `filed` say from when on it was known.

create table economic_observations (
  time timestamptz not null,
  vintage timestamptz not null,
  ingested_at timestamptz not null,
  value double precision check (value > '-infinity' and value < 'infinity'),
  series_id text collate "C" not null check (series_id <> ''),
  source text collate "C" not null,
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  unit text,
  period text,
  primary key (source, series_id, time, vintage)
);
select make_hypertable('economic_observations', '3650 days');

-- An instant has no `period_start`, but a key has no nulls: then it is the end.
create table company_facts (
  period_end timestamptz not null,
  period_start timestamptz not null,
  filed timestamptz not null,
  ingested_at timestamptz not null,
  value double precision not null check (value > '-infinity' and value < 'infinity'),
  is_instant boolean not null,
  cik text collate "C" not null check (cik <> ''),
  symbol text collate "C" not null,
  taxonomy text collate "C" not null,
  tag text collate "C" not null,
  unit text collate "C" not null,
  accession text collate "C" not null,
  form text not null,
  source text collate "C" not null,
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  primary key (source, cik, taxonomy, tag, unit, period_end, period_start, is_instant, accession)
);
create index company_facts_of_symbol on company_facts (symbol, filed);
