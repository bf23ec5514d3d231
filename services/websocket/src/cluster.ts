import type { EpochMs } from '@nautilus/model';
import { z } from 'zod';

/** Payload of `system.health.<replica>`. */
const healthSchema = z.object({
  replica: z.string(),
  connections: z.int(),
  received: z.int(),
  delivered: z.int(),
  queued: z.int(),
  queued_bytes: z.int(),
  /** Subscribers by topic; topics that nobody reads are left out. */
  topics: z.record(z.string(), z.int()),
});
export type ReplicaHealth = z.infer<typeof healthSchema>;

/** A replica that was not heard of for this long is gone: three heartbeats. */
const FORGET_MS = 30_000;

/** All replicas of this engine, as their heartbeats tell. */
export class Cluster {
  readonly #replicas = new Map<string, { readonly health: ReplicaHealth; readonly atMs: EpochMs }>();

  /** Payloads of other shapes are other engines'. */
  take(payload: unknown, nowMs: EpochMs): void {
    const parsed = healthSchema.safeParse(payload);
    if (parsed.success) this.#replicas.set(parsed.data.replica, { health: parsed.data, atMs: nowMs });
  }

  /** With `own` as it is now; ascending by name. */
  replicas(own: ReplicaHealth, nowMs: EpochMs): readonly { readonly health: ReplicaHealth; readonly ageMs: number }[] {
    for (const [name, { atMs }] of this.#replicas) if (nowMs - atMs > FORGET_MS) this.#replicas.delete(name);
    const others = [...this.#replicas.values()].filter(({ health }) => health.replica !== own.replica);
    return [...others.map(({ health, atMs }) => ({ health, ageMs: nowMs - atMs })), { health: own, ageMs: 0 }]
      .sort((a, b) => (a.health.replica < b.health.replica ? -1 : 1));
  }
}

/** Subscribers of each topic over all replicas, ascending by topic. */
export function topicCounts(replicas: readonly { readonly health: ReplicaHealth }[]): { topic: string; subscriber_count: number }[] {
  const counts = new Map<string, number>();
  for (const { health } of replicas) for (const [topic, count] of Object.entries(health.topics)) counts.set(topic, (counts.get(topic) ?? 0) + count);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([topic, subscriber_count]) => ({ topic, subscriber_count }));
}
