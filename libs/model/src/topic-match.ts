/**
 * Topics and patterns (contract.md, section 4.3). A topic is `segment(.segment)+`; a pattern is a topic, or a
 * prefix ending in `.*`, where `*` stands for one or more trailing segments. A bare `*` matches all.
 */
const TOPIC = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$/;
const PATTERN = /^([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.\*|\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+)$/;

export function isTopic(text: string): boolean {
  return TOPIC.test(text);
}

export function isPattern(text: string): boolean {
  return PATTERN.test(text);
}

export function matches(pattern: string, topic: string): boolean {
  if (pattern === '*') return true;
  if (pattern.endsWith('.*')) {
    const prefixLength = pattern.length - 1;
    return topic.length > prefixLength && topic.startsWith(pattern.slice(0, prefixLength));
  }
  return pattern === topic;
}

/** True when some topic is matched by both. */
export function overlap(a: string, b: string): boolean {
  const wide = (p: string): string | undefined => (p === '*' ? '' : p.endsWith('.*') ? p.slice(0, -1) : undefined);
  const prefixA = wide(a);
  const prefixB = wide(b);
  if (prefixA !== undefined && prefixB !== undefined) return prefixA.startsWith(prefixB) || prefixB.startsWith(prefixA);
  if (prefixA !== undefined) return matches(a, b);
  if (prefixB !== undefined) return matches(b, a);
  return a === b;
}

/**
 * A fixed set of patterns, compiled: asks are answered from a cache of bounded size, because an engine sees
 * the same few hundred topics over and over.
 */
export class PatternSet {
  readonly patterns: readonly string[];
  readonly #known = new Map<string, readonly string[]>();
  /** The last ask and its answer: neighbours mostly have one topic. */
  #lastTopic: string | undefined;
  #lastFound: readonly string[] = [];
  static readonly CACHE_LIMIT = 20_000;

  constructor(patterns: readonly string[]) {
    this.patterns = patterns;
  }

  /** The patterns that match, in the order given; empty when none does. */
  matching(topic: string): readonly string[] {
    if (topic === this.#lastTopic) return this.#lastFound;
    this.#lastFound = this.#lookUp(topic);
    this.#lastTopic = topic;
    return this.#lastFound;
  }

  #lookUp(topic: string): readonly string[] {
    const known = this.#known.get(topic);
    if (known !== undefined) return known;
    const found = this.patterns.filter((pattern) => matches(pattern, topic));
    if (this.#known.size >= PatternSet.CACHE_LIMIT) this.#known.clear();
    this.#known.set(topic, found);
    return found;
  }

  matches(topic: string): boolean {
    return this.matching(topic).length > 0;
  }
}
