import { InvalidInputError, type EpochMs } from '@nautilus/model';
import type { FeedSubscription, MarketRepository } from '@nautilus/store';
import { SOURCE_NAMES, type SourceName } from '../sources/source.ts';
import { idOf } from '../subscriptions.ts';
import { FEEDERS, type Feeder, type FeedType } from './feeders.ts';

export interface FollowWish {
  readonly source: SourceName;
  readonly subject: string;
  /** All that the source brings of such a subject when absent. */
  readonly types?: readonly string[] | undefined;
  readonly isActive: boolean;
}

/** Which subjects of the outside sources are followed. What somebody said is kept in the store; of the rest the feeder knows. */
export class Follows {
  readonly #feeders: readonly Feeder[];
  #said: ReadonlyMap<string, FeedSubscription> = new Map();

  constructor(feeders: readonly Feeder[] = FEEDERS) {
    this.#feeders = feeders;
  }

  /** Ascending by id; only what somebody asked for. */
  get all(): readonly FeedSubscription[] {
    return [...this.#said.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** @param universe symbols that every source of prices and filings follows unasked */
  subjects(feeder: Feeder, universe: readonly string[]): readonly string[] {
    const unasked = feeder.unasked === 'universe' ? universe : (feeder.unasked ?? []);
    const kept = unasked.filter((subject) => this.#wants(feeder, subject) ?? true);
    const asked = [...this.#said.values()].filter(({ source, symbol }) => source === feeder.source && this.#wants(feeder, symbol) === true).map(({ symbol }) => symbol);
    return [...new Set([...kept, ...asked])];
  }

  isAsked(source: SourceName, subject: string): boolean {
    return this.#said.has(idOf(source, subject));
  }

  async load(market: MarketRepository): Promise<void> {
    const stored = await market.feedSubscriptions();
    this.#said = new Map(stored.filter(({ source }) => isOutside(source)).map((subscription) => [subscription.id, subscription]));
  }

  /** @throws InvalidInputError for a subject that the source cannot have, or a type that it does not bring */
  async put(market: MarketRepository, { source, subject: text, types, isActive }: FollowWish, now: EpochMs): Promise<FeedSubscription> {
    const feeders = this.#feeders.filter((feeder) => feeder.source === source);
    const offered = feeders.map(({ type }) => type);
    if (feeders.length === 0) throw new InvalidInputError([{ path: 'data_source', message: `${source} has nothing that changes with time` }]);
    const subject = feeders[0]?.subjectOf(text);
    if (subject === undefined) throw new InvalidInputError([{ path: 'symbol', message: `is nothing that ${source} could know` }]);
    const unknown = types?.find((type) => !offered.some((known) => known === type));
    if (unknown !== undefined) throw new InvalidInputError([{ path: 'data_types', message: `${source} brings ${offered.join(', ')}` }]);
    const id = idOf(source, subject);
    const before = this.#said.get(id);
    const subscription: FeedSubscription = { id, symbol: subject, source, dataTypes: types ?? before?.dataTypes ?? offered, isActive, createdAt: before?.createdAt ?? now };
    await market.putFeedSubscription(subscription);
    this.#said = new Map([...this.#said, [id, subscription]]);
    return subscription;
  }

  /** Undefined when nobody said anything about the subject. Who asks for one type alone says nothing about the others. */
  #wants({ source, type }: Feeder, subject: string): boolean | undefined {
    const said = this.#said.get(idOf(source, subject));
    return said === undefined || !said.dataTypes.includes(type satisfies FeedType) ? undefined : said.isActive;
  }
}

export function isOutside(source: string): source is SourceName {
  return SOURCE_NAMES.some((name) => name === source);
}
