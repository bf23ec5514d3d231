import { routesOf } from '@nautilus/engine';
import { InvalidInputError, isoFromMs, NotFoundError, parseSymbol } from '@nautilus/model';
import type { FeedSubscription } from '@nautilus/store';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { feedList } from '../feeds.ts';
import { FEEDERS, FEED_TYPES } from '../polling/feeders.ts';
import { isOutside } from '../polling/follows.ts';
import type { SourceName } from '../sources/source.ts';
import { offersOf } from '../subscriptions.ts';
import { dataType, page, pageOf, pageQuery, provenance, sourceState, symbol } from './schemas.ts';

const { get, post, del } = routesOf<Context>();

const feedType = z.enum([...dataType.options, ...FEED_TYPES]);
const feed = z.object({
  feed_id: z.string(), symbol: z.string(), data_source: z.string(), data_types: z.array(feedType), is_active: z.boolean(), state: sourceState,
  reason: z.enum(['no_credentials', 'switched_off']).nullable().describe('Why an outside source is not asked'),
  last_update: z.string().nullable().describe('Event time; of an outside source when it last answered'), message_count: z.int(), error_count: z.int(), provenance,
});
const subscription = z.object({
  id: z.string(), symbol: z.string(), data_source: z.string(), data_types: z.array(z.string()), is_active: z.boolean(), created_at: z.string(),
});
const wish = z.object({
  symbol: z.string().min(1).max(160).describe('Of an economic source a series as it names it, of Trading Economics a country, with or without `/` and an indicator'),
  data_source: z.string().optional().describe('All sources that deliver the symbol when absent'),
  data_types: z.array(feedType).min(1).optional(),
  is_active: z.boolean().default(true),
});
const errors = { 404: 'Nothing here delivers the symbol; the recorded ones are listed.' };

export const feedRoutes = [
  get('/feeds', { summary: 'Feeds with what they have sent', query: pageQuery, response: pageOf(feed) },
    ({ query }, context) => page(feedList(context), ({ feed_id: id }) => id, query)),

  post('/feeds', { summary: 'Switches the feeds of a symbol on or off', body: wish, response: z.object({ items: z.array(feed) }), errors, example: { symbol: 'IBM' } },
    async ({ body }, context) => {
      const put = new Set((await choose(context, body)).map(({ id }) => id));
      return { items: feedList(context).filter(({ feed_id: id }) => put.has(id)) };
    }),

  get('/subscriptions', { summary: 'What was asked for; feeds that nobody spoke of are on', query: pageQuery, response: pageOf(subscription) },
    ({ query }, context) => page(everySubscription(context).map(wire), ({ id }) => id, query)),

  post('/subscriptions', { summary: 'Subscribes to the feeds of a symbol', body: wish, response: z.object({ items: z.array(subscription) }), errors, example: { symbol: 'IBM' } },
    async ({ body }, context) => ({ items: (await choose(context, body)).map(wire) })),

  post('/subscribe/{symbol}', { summary: 'Subscribes to every feed of a symbol', params: { symbol }, response: z.object({ symbol: z.string(), is_active: z.boolean(), items: z.array(subscription) }), errors },
    async ({ params }, context) => ({ symbol: params.symbol, is_active: true, items: (await choose(context, { symbol: params.symbol, is_active: true })).map(wire) })),

  del('/unsubscribe/{symbol}', { summary: 'Unsubscribes from every feed of a symbol: the replay passes it over', params: { symbol }, response: z.object({ symbol: z.string(), is_active: z.boolean(), items: z.array(subscription) }), errors },
    async ({ params }, context) => ({ symbol: params.symbol, is_active: false, items: (await choose(context, { symbol: params.symbol, is_active: false })).map(wire) })),
];

interface Wish {
  readonly symbol: string;
  readonly data_source?: string | undefined;
  readonly data_types?: readonly string[] | undefined;
  readonly is_active: boolean;
}

/** An outside source takes what it could know; without a source those are meant that have a key and prices or filings of the symbol. */
async function choose(context: Context, { symbol: text, data_source: source, data_types: types, is_active: isActive }: Wish): Promise<readonly FeedSubscription[]> {
  const { follows, sources } = context.state;
  const follow = (name: SourceName, subject: string): Promise<FeedSubscription> =>
    follows.put(context.store.market, { source: name, subject, types, isActive }, context.clock.now());
  if (source !== undefined && isOutside(source)) return [await follow(source, text)];
  const name = parseSymbol(text);
  if (name === undefined) throw new InvalidInputError([{ path: 'body.symbol', message: 'is no symbol' }]);
  const able = source !== undefined ? [] : [...new Set(FEEDERS.filter(({ unasked, type }) => unasked === 'universe' && (types?.includes(type) ?? true)).map((feeder) => feeder.source))]
    .filter((outside) => !['off', 'not_configured'].includes(sources.of(outside).status().state));
  const outside: FeedSubscription[] = [];
  for (const one of able) outside.push(await follow(one, name));
  try {
    return [...outside, ...(await chooseRecorded(context, name, source, types, isActive))];
  } catch (error) {
    if (outside.length === 0 || !(error instanceof NotFoundError)) throw error;
    return outside;
  }
}

async function chooseRecorded({ state, store, clock }: Context, symbolName: string, source: string | undefined, types: readonly string[] | undefined, isActive: boolean): Promise<readonly FeedSubscription[]> {
  const { library, subscriptions, replay } = state;
  const offers = offersOf(library.entries);
  const dataTypes = types === undefined ? undefined : dataType.options.filter((type) => types.includes(type));
  const put = await subscriptions.put(store.market, offers, { symbol: symbolName, source, dataTypes, isActive }, clock.now());
  await replay.mute(subscriptions.mutedSymbols(offers));
  return put;
}

/** What the store has of outside sources was read by both. */
function everySubscription({ state: { subscriptions, follows } }: Context): readonly FeedSubscription[] {
  return [...subscriptions.all.filter(({ source }) => !isOutside(source)), ...follows.all].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function wire({ source, dataTypes, isActive, createdAt, ...rest }: FeedSubscription): z.input<typeof subscription> {
  return { ...rest, data_source: source, data_types: [...dataTypes], is_active: isActive, created_at: isoFromMs(createdAt) };
}
