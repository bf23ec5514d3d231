create table websocket_connections (
  id text collate "C" primary key,
  client_ip text not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  close_code integer,
  reason text,
  messages_sent bigint not null
);

create table websocket_message_log (
  time timestamptz not null,
  id text collate "C" not null,
  topic text not null,
  recipients integer not null,
  data jsonb,
  primary key (id, time)
);
select make_hypertable('websocket_message_log', '1 day');

create table processed_messages (
  engine text collate "C" not null,
  message_id text collate "C" not null,
  expires_at timestamptz not null,
  primary key (engine, message_id)
);
create index processed_messages_expiry on processed_messages (expires_at);

create table engine_snapshots (
  engine text collate "C" not null,
  key text collate "C" not null,
  state bytea not null,
  position text,
  taken_at timestamptz not null,
  primary key (engine, key)
);
