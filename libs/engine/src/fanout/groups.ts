import type { FanoutClient, TopicAccess } from './client.ts';

/** Clients with the same subscriptions and rights: what a tick holds for one, it holds for all. */
export interface Group {
  readonly key: string;
  readonly patterns: readonly string[];
  readonly access: TopicAccess;
  readonly clients: Set<FanoutClient>;
}

/**
 * Keeps clients grouped by their set of patterns. Whom a topic concerns is found by looking up the few patterns that
 * can match it (itself, each of its prefixes with `.*`, and `*`), so that it costs per segment and not per client.
 */
export class Groups {
  readonly #byKey = new Map<string, Group>();
  readonly #byPattern = new Map<string, Set<Group>>();
  readonly #ofClient = new Map<FanoutClient, Group>();

  [Symbol.iterator](): IterableIterator<Group> {
    return this.#byKey.values();
  }

  /** The groups that a message of the topic concerns, each once. */
  of(topic: string): ReadonlySet<Group> {
    const found = new Set<Group>();
    for (const pattern of patternsThatMatch(topic)) {
      for (const group of this.#byPattern.get(pattern) ?? []) if (group.access.mayRead(topic)) found.add(group);
    }
    return found;
  }

  /** To be called after the client's subscriptions changed. */
  place(client: FanoutClient): void {
    this.remove(client);
    if (client.subscriptions.size === 0) return;
    const patterns = [...client.subscriptions].sort();
    const key = [client.access.key, ...patterns].join(' ');
    const group = this.#byKey.get(key) ?? this.#open({ key, patterns, access: client.access, clients: new Set<FanoutClient>() });
    group.clients.add(client);
    this.#ofClient.set(client, group);
  }

  remove(client: FanoutClient): void {
    const group = this.#ofClient.get(client);
    if (group === undefined) return;
    group.clients.delete(client);
    this.#ofClient.delete(client);
    if (group.clients.size > 0) return;
    this.#byKey.delete(group.key);
    for (const pattern of group.patterns) {
      const groups = this.#byPattern.get(pattern);
      groups?.delete(group);
      if (groups?.size === 0) this.#byPattern.delete(pattern);
    }
  }

  #open(group: Group): Group {
    this.#byKey.set(group.key, group);
    for (const pattern of group.patterns) {
      const groups = this.#byPattern.get(pattern) ?? new Set<Group>();
      groups.add(group);
      this.#byPattern.set(pattern, groups);
    }
    return group;
  }
}

/** Every pattern that matches the topic (contract.md, section 4.3). */
export function patternsThatMatch(topic: string): readonly string[] {
  const patterns = ['*', topic];
  for (let dot = topic.indexOf('.'); dot >= 0; dot = topic.indexOf('.', dot + 1)) patterns.push(`${topic.slice(0, dot)}.*`);
  return patterns;
}
