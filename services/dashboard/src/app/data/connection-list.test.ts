import { describe, expect, it } from '@jest/globals';
import { readCluster, readConnections, readTopics, toneOfConnection, type ConnectionRow } from './connection-list.ts';

const told = {
  connection_id: 'c1', client_ip: '10.0.0.1', connect_time: '2026-01-01T10:00:00.000Z', last_heartbeat: '2026-01-01T10:01:00.000Z',
  subscriptions: ['market_data.tick.IBM', 3], status: 'open', queue: 2, delivered: 40, skipped: 0,
};

describe('connections', () => {
  it('are read with queue, delivered and left out, longest connected first', () => {
    const rows = readConnections([{ ...told, connection_id: 'c2', connect_time: '2026-01-01T11:00:00.000Z' }, told, 'nonsense']);
    expect(rows?.map(({ id }) => id)).toEqual(['c1', 'c2']);
    expect(rows?.[0]).toEqual({
      id: 'c1', address: '10.0.0.1', sinceMs: Date.UTC(2026, 0, 1, 10), heardMs: Date.UTC(2026, 0, 1, 10, 1), subscriptions: ['market_data.tick.IBM'], status: 'open', queued: 2, delivered: 40, skipped: 0,
    });
    for (const nonsense of [null, undefined, 3, {}, { items: [] }]) expect(readConnections(nonsense)).toBeUndefined();
  });

  it('keep what is not known apart from zero', () => {
    expect(readConnections([{}])).toEqual([{ id: 'unnamed', address: 'unknown', sinceMs: null, heardMs: null, subscriptions: [], status: 'unknown', queued: null, delivered: null, skipped: null }]);
  });

  it.each([['open', 0, 'good'], ['open', 5, 'warning'], ['open', null, 'good'], ['slow', 0, 'warning'], ['closing', 0, 'quiet'], ['strange', 0, 'quiet']])('that are %s with %s left out look %s', (status, skipped, tone) => {
    expect(toneOfConnection({ ...(readConnections([told])?.[0] as ConnectionRow), status, skipped })).toBe(tone);
  });
});

describe('topics of the websocket engine', () => {
  it('come with most subscribers first', () => {
    expect(readTopics([{ topic: 'a', subscriber_count: 0 }, { topic: 'c', subscriber_count: 2 }, { topic: 'b', subscriber_count: 2 }, {}])).toEqual([
      { topic: 'b', subscribers: 2 }, { topic: 'c', subscribers: 2 }, { topic: 'a', subscribers: 0 },
    ]);
    expect(readTopics({})).toBeUndefined();
  });
});

describe('the replicas', () => {
  it('come by name, with the sum of their connections', () => {
    const row = (replica: string, connections: number) => ({ replica, connections, queue: 1, delivered: 9, age_ms: 0 });
    expect(readCluster({ connections: 5, replicas: [row('b', 2), row('a', 3), 'nonsense'] })).toEqual({
      connections: 5, replicas: [{ id: 'a', connections: 3, queued: 1, delivered: 9, ageMs: 0 }, { id: 'b', connections: 2, queued: 1, delivered: 9, ageMs: 0 }],
    });
    for (const nonsense of [null, [], {}, { connections: 3 }]) expect(readCluster(nonsense)).toBeUndefined();
  });
});
