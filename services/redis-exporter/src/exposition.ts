import { roleOf, type RedisFigures } from '@nautilus/bus';

/** Fields of INFO that are numbers of their own: field, metric, type, help. */
const NUMBERS = [
  ['uptime_in_seconds', 'redis_uptime_in_seconds', 'gauge', 'Seconds since the server started.'],
  ['used_memory', 'redis_memory_used_bytes', 'gauge', 'Memory allocated by the server, bytes.'],
  ['used_memory_rss', 'redis_memory_used_rss_bytes', 'gauge', 'Memory of the server as the operating system sees it, bytes.'],
  ['maxmemory', 'redis_memory_max_bytes', 'gauge', 'Limit of memory, bytes; 0 is none.'],
  ['mem_fragmentation_ratio', 'redis_mem_fragmentation_ratio', 'gauge', 'Resident to allocated memory.'],
  ['connected_clients', 'redis_connected_clients', 'gauge', 'Clients connected, this probe included.'],
  ['blocked_clients', 'redis_blocked_clients', 'gauge', 'Clients waiting in a blocking command.'],
  ['rejected_connections', 'redis_rejected_connections_total', 'counter', 'Connections refused because of the limit of clients.'],
  ['total_connections_received', 'redis_connections_received_total', 'counter', 'Connections accepted.'],
  ['total_commands_processed', 'redis_commands_processed_total', 'counter', 'Commands executed.'],
  ['instantaneous_ops_per_sec', 'redis_instantaneous_ops_per_sec', 'gauge', 'Commands per second as the server measured it last.'],
  ['total_error_replies', 'redis_error_replies_total', 'counter', 'Replies that were errors.'],
  ['evicted_keys', 'redis_evicted_keys_total', 'counter', 'Keys removed for want of memory.'],
  ['expired_keys', 'redis_expired_keys_total', 'counter', 'Keys removed at the end of their life.'],
  ['connected_slaves', 'redis_connected_replicas', 'gauge', 'Replicas connected to this server.'],
  ['master_repl_offset', 'redis_replication_offset_bytes', 'gauge', 'Position in the replication stream, bytes.'],
  ['master_link_up', 'redis_replica_link_up', 'gauge', 'Replica: 1 while connected to its primary.'],
  ['master_last_io_seconds_ago', 'redis_replica_last_io_seconds', 'gauge', 'Replica: seconds since it last heard from its primary.'],
] as const;

/** Figures of a server that answered, in Prometheus text format 0.0.4. What INFO does not say is absent. */
export function expositionOf({ info, streams }: RedisFigures): string {
  const lines: string[] = [];
  const family = (name: string, type: string, help: string, samples: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[]): void => {
    if (samples.length === 0) return;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of samples) lines.push(`${name}${labelText(labels)} ${value}`);
  };
  const link = info.get('master_link_status');
  const fields = new Map(link === undefined ? info : [...info, ['master_link_up', link === 'up' ? '1' : '0']]);

  family('redis_up', 'gauge', '1: the server answered PING.', [[{}, 1]]);
  for (const [field, name, type, help] of NUMBERS) family(name, type, help, numberOf(fields.get(field)).map((value) => [{}, value]));
  const role = roleOf(info);
  const version = info.get('redis_version') ?? '';
  family('redis_instance_info', 'gauge', 'Role and version of the server; always 1.', role === undefined ? [] : [[{ role, version }, 1]]);
  family('redis_replication_lag_bytes', 'gauge', 'Primary: how far a replica is behind, bytes.', replicasOf(info).map(({ replica, lagBytes }) => [{ replica }, lagBytes]));
  family('redis_stream_length', 'gauge', 'Entries of a stream.', streams.map(({ name, length }) => [{ stream: name }, length]));
  const groups = streams.flatMap(({ name, groups: all }) => all.map((group) => ({ labels: { stream: name, group: group.name }, group })));
  family('redis_stream_group_pending', 'gauge', 'Entries delivered to a group and not acknowledged.', groups.map(({ labels, group }) => [labels, group.pending]));
  family('redis_stream_group_lag', 'gauge', 'Entries not yet delivered to a group; absent when the server cannot tell.',
    groups.flatMap(({ labels, group }) => (group.lag === undefined ? [] : [[labels, group.lag] as const])));
  return `${lines.join('\n')}\n`;
}

function numberOf(text: string | undefined): readonly number[] {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  // INFO writes -1 for what it has not seen yet; none of these figures can be negative.
  return Number.isFinite(value) && value >= 0 ? [value] : [];
}

/** From `slave0:ip=…,port=…,state=online,offset=…,lag=…` and the primary's own offset. */
function replicasOf(info: ReadonlyMap<string, string>): readonly { readonly replica: string; readonly lagBytes: number }[] {
  const [own] = numberOf(info.get('master_repl_offset'));
  if (own === undefined) return [];
  return [...info].flatMap(([field, text]) => {
    if (!/^slave\d+$/.test(field)) return [];
    const parts = new Map(text.split(',').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
    return numberOf(parts.get('offset')).map((offset) => ({ replica: `${parts.get('ip') ?? ''}:${parts.get('port') ?? ''}`, lagBytes: Math.max(0, own - offset) }));
  });
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
