import { routesOf } from '@nautilus/engine';
import { isoFromMs } from '@nautilus/model';
import type { FeedSubscription } from '@nautilus/store';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { feedList } from '../feeds.ts';
import { offersOf, type DataType } from '../subscriptions.ts';
import { dataType, page, pageOf, pageQuery, provenance, sourceState, symbol } from './schemas.ts';

const { get, post, del } = routesOf<Context>();

const feed = z.object({
  feed_id: z.string(), symbol: z.string(), data_source: z.string(), data_types: z.array(dataType), is_active: z.boolean(), state: sourceState,
  last_update: z.string().nullable().describe('Event time'), message_count: z.int(), error_count: z.int(), provenance,
});
const subscription = z.object({
  id: z.string(), symbol: z.string(), data_source: z.string(), data_types: z.array(z.string()), is_active: z.boolean(), created_at: z.string(),
});
const wish = z.object({
  symbol,
  data_source: z.string().optional().describe('All sources that deliver the symbol when absent'),
  data_types: z.array(dataType).min(1).optional(),
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
    ({ query }, context) => page(context.state.subscriptions.all.map(wire), ({ id }) => id, query)),

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
  readonly data_types?: readonly DataType[] | undefined;
  readonly is_active: boolean;
}

async function choose(context: Context, { symbol: name, data_source: source, data_types: dataTypes, is_active: isActive }: Wish): Promise<readonly FeedSubscription[]> {
  const { library, subscriptions, replay } = context.state;
  const offers = offersOf(library.entries);
  const put = await subscriptions.put(context.store.market, offers, { symbol: name, source, dataTypes, isActive }, context.clock.now());
  await replay.mute(subscriptions.mutedSymbols(offers));
  return put;
}

function wire({ source, dataTypes, isActive, createdAt, ...rest }: FeedSubscription): z.input<typeof subscription> {
  return { ...rest, data_source: source, data_types: [...dataTypes], is_active: isActive, created_at: isoFromMs(createdAt) };
}
