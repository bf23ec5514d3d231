import { MATRIX, COMMON_PUBLICATIONS, PatternSet, busesFor, routeOf, type Architecture, type BusName } from '@nautilus/model';
import type { AnyEngine } from '../declaration.ts';
import type { PublicationView } from './health-source.ts';

/**
 * Counts what an engine publishes by the patterns that it announces. Whoever hands the bus to the engine calls
 * `count` for each message accepted.
 */
export class PublicationTally {
  readonly #set: PatternSet;
  readonly #entries: ReadonlyMap<string, { readonly bus: BusName; published: number }>;

  constructor(patterns: readonly string[], architecture: Architecture) {
    this.#set = new PatternSet(patterns);
    this.#entries = new Map(patterns.map((pattern) => [pattern, { bus: busOf(pattern, architecture), published: 0 }]));
  }

  count(topic: string): void {
    for (const pattern of this.#set.matching(topic)) {
      const entry = this.#entries.get(pattern);
      if (entry !== undefined) entry.published += 1;
    }
  }

  view(): readonly PublicationView[] {
    return [...this.#entries].map(([pattern, { bus, published }]) => ({ pattern, bus, published }));
  }
}

/** Patterns an engine announces: its row of the matrix, what it declares, and what all publish about themselves. */
export function publicationsOf(declaration: AnyEngine): readonly string[] {
  if (declaration.kind === 'platform') return [...(declaration.publishes ?? [])];
  const row = MATRIX[declaration.name] ?? MATRIX[declaration.name.replaceAll('-', '_')];
  return [...new Set([...(row?.publishes ?? []), ...(row?.extensions.publishes ?? []), ...(declaration.publishes ?? []), ...COMMON_PUBLICATIONS])];
}

function busOf(pattern: string, architecture: Architecture): BusName {
  // A topic of the family: the routing table knows families, not patterns.
  const topic = pattern.endsWith('.*') ? `${pattern.slice(0, -2)}.x` : pattern;
  return pattern.includes('.') ? routeOf(topic, architecture).bus : (busesFor(pattern)[0] ?? 'engine_logic');
}
