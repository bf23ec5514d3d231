-- Only adds a table, so the build before this one runs on; undone by dropping it.
-- `bids` and `asks` are arrays of [price, size], best first.
create table order_book_snapshots (
  time timestamptz not null,
  sequence bigint not null check (sequence >= 0),
  ingested_ns bigint not null,
  last_update_id bigint not null,
  instrument_id integer not null,
  time_ns smallint not null,
  source text collate "C" not null,
  provenance text collate "C" not null check (provenance in ('live', 'replay', 'simulated')),
  bids jsonb not null,
  asks jsonb not null,
  primary key (instrument_id, time, time_ns, sequence, source)
);
select make_hypertable('order_book_snapshots', '1 day');
