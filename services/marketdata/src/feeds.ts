import { isoFromMs, type Provenance } from '@nautilus/model';
import type { Context } from './context.ts';
import { reasonOf } from './feed-status.ts';
import type { FeedType } from './polling/feeders.ts';
import type { SourceStatus } from './sources/source.ts';
import { symbolOfPath } from './recordings/catalogue.ts';
import { idOf, offersOf, typeOfPath, type DataType } from './subscriptions.ts';

export interface Feed {
  feed_id: string;
  /** `*` for an outside source as a whole: it is asked about any symbol. */
  symbol: string;
  data_source: string;
  data_types: (DataType | FeedType)[];
  is_active: boolean;
  state: 'ok' | 'error' | SourceStatus['state'];
  reason: ReturnType<typeof reasonOf>;
  last_update: string | null;
  message_count: number;
  error_count: number;
  provenance: Provenance;
}

/** Feeds of outside sources and recorded ones, ascending by id. */
export function feedList(context: Context): readonly Feed[] {
  const outside = context.state.sources.all.map((source) => outsideFeed(source.status()));
  return [...outside, ...followedFeeds(context), ...recordedFeeds(context)].sort((a, b) => (a.feed_id < b.feed_id ? -1 : 1));
}

/** Answers and failures since the start; `last_update` is when it last answered. One without a key is not active, and not at fault. */
function outsideFeed({ source, state, lastSuccessAt, requests, failures }: SourceStatus): Feed {
  return {
    feed_id: idOf(source, '*'), symbol: '*', data_source: source, data_types: [], is_active: reasonOf(state) === null, state, reason: reasonOf(state),
    last_update: lastSuccessAt === null ? null : isoFromMs(lastSuccessAt), message_count: requests - failures, error_count: failures, provenance: 'live',
  };
}

/** What is polled, a feed per source and subject; of a source that is not asked only what somebody asked for. Messages are events sent, errors are refusals of the source. */
function followedFeeds({ state: { poller, sources, universe }, settings }: Context): readonly Feed[] {
  const feeds = new Map<string, Feed>();
  for (const { source, subject, type, askedAt, messages, errors, isAsked } of poller.feeds(universe.symbols([]))) {
    const id = idOf(source, subject);
    const { state } = sources.of(source).status();
    if (!isAsked && reasonOf(state) !== null) continue;
    const before = feeds.get(id);
    const asked = askedAt === null ? null : isoFromMs(askedAt);
    feeds.set(id, {
      feed_id: id, symbol: subject, data_source: source, data_types: [...(before?.data_types ?? []), type], is_active: settings.livePolling && reasonOf(state) === null, state, reason: reasonOf(state),
      last_update: [before?.last_update ?? null, asked].reduce((a, b) => (a === null || (b !== null && b > a) ? b : a)),
      message_count: messages + (before?.message_count ?? 0), error_count: errors + (before?.error_count ?? 0), provenance: 'live',
    });
  }
  return [...feeds.values()];
}

/** Every recorded feed with what it has sent since the start. `last_update` is event time. */
function recordedFeeds({ state }: Context): readonly Feed[] {
  const { library, hub, subscriptions, replay } = state;
  const replayed = new Set(replay.status().symbols);
  return offersOf(library.entries).map(({ source, symbol, dataTypes }): Feed => {
    const figures = hub.figures(source, symbol);
    const damaged = library.damaged.filter(({ file }) => symbolOfPath(file) === symbol && dataTypes.includes(typeOfPath(file))).length;
    return {
      feed_id: idOf(source, symbol), symbol, data_source: source, data_types: [...dataTypes],
      is_active: subscriptions.isWanted(source, symbol) && replayed.has(symbol),
      state: damaged > 0 ? 'error' : 'ok', reason: null,
      last_update: figures.lastEventMs === null ? null : isoFromMs(figures.lastEventMs),
      message_count: figures.messages, error_count: figures.rejected + damaged, provenance: 'replay',
    };
  });
}
