-- The build before this one writes no basis and ranks as it always did; undone by dropping the column.
alter table vpin_alerts add column basis text collate "C" not null default 'trailing' check (basis in ('trailing', 'time_of_day'));
