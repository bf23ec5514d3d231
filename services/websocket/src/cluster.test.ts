import { describe, expect, it } from '@jest/globals';
import { Cluster, topicCounts, type ReplicaHealth } from './cluster.ts';

const health = (replica: string, connections: number, topics: Record<string, number> = {}): ReplicaHealth => ({ replica, connections, received: 0, delivered: 0, queued: 0, queued_bytes: 0, topics });

describe('the replicas', () => {
  it('are counted by their heartbeats, this one as it is now, until they fall silent', () => {
    const cluster = new Cluster();
    cluster.take(health('b', 3, { 'x.y': 1 }), 1_000);
    cluster.take(health('a', 9), 1_000);
    cluster.take({ status: 'of another engine' }, 1_000);
    const seen = (nowMs: number) => cluster.replicas(health('a', 2, { 'x.y': 2, 'w.z': 1 }), nowMs);
    expect(seen(11_000).map(({ health: { replica, connections }, ageMs }) => [replica, connections, ageMs])).toEqual([['a', 2, 0], ['b', 3, 10_000]]);
    expect(topicCounts(seen(11_000))).toEqual([{ topic: 'w.z', subscriber_count: 1 }, { topic: 'x.y', subscriber_count: 3 }]);
    expect(seen(31_001).map(({ health: { replica } }) => replica)).toEqual(['a']);
  });
});
