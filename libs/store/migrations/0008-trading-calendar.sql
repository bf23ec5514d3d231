-- Only adds a table, so the build before this one runs on; undone by dropping it.
-- Venues by market identifier code (ISO 10383). A session may open on the evening before its date.
create table trading_calendar (
  venue text collate "C" not null check (venue <> ''),
  date date not null,
  opens_at timestamptz not null,
  closes_at timestamptz not null check (closes_at > opens_at),
  primary key (venue, date)
);
