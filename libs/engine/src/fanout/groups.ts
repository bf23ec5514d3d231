import { PatternSet } from '@nautilus/model';
import type { FanoutClient } from './client.ts';

/** Clients with the same subscriptions: what a tick holds for one, it holds for all. */
export interface Group {
  readonly key: string;
  readonly patterns: PatternSet;
  readonly clients: Set<FanoutClient>;
}

/** Keeps clients grouped by their set of patterns, so that matching costs per set and not per client. */
export class Groups {
  readonly #byKey = new Map<string, Group>();
  readonly #ofClient = new Map<FanoutClient, Group>();

  [Symbol.iterator](): IterableIterator<Group> {
    return this.#byKey.values();
  }

  /** True when a message of the topic would reach somebody. */
  wants(topic: string): boolean {
    for (const group of this.#byKey.values()) if (group.patterns.matches(topic)) return true;
    return false;
  }

  /** To be called after the client's subscriptions changed. */
  place(client: FanoutClient): void {
    this.remove(client);
    if (client.subscriptions.size === 0) return;
    const patterns = [...client.subscriptions].sort();
    const key = patterns.join(' ');
    const group = this.#byKey.get(key) ?? { key, patterns: new PatternSet(patterns), clients: new Set<FanoutClient>() };
    group.clients.add(client);
    this.#byKey.set(key, group);
    this.#ofClient.set(client, group);
  }

  remove(client: FanoutClient): void {
    const group = this.#ofClient.get(client);
    if (group === undefined) return;
    group.clients.delete(client);
    this.#ofClient.delete(client);
    if (group.clients.size === 0) this.#byKey.delete(group.key);
  }
}
