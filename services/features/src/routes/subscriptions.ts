import { z } from 'zod';
import { routesOf, symbolParam } from '@nautilus/engine';
import { NotFoundError, asNautilusError, topics, type Bar } from '@nautilus/model';
import type { Context } from '../context.ts';
import { FEATURE_NAMES } from '../registry.ts';
import { barsFor } from '../request-bars.ts';
import { select } from '../selection.ts';
import { Subscription } from '../subscriptions.ts';
import { qualified } from '../variants.ts';
import { selectionFields, selectionFrom } from './request.ts';

const { post, del } = routesOf<Context>();

export const subscriptionRoutes = [
  post(
    '/features/subscribe/{symbol}',
    {
      summary: 'Follows a symbol: its newest features travel on the topic that the answer names.',
      description: 'Features on request that are named run bar by bar until the subscription ends, from stored bars of a live symbol on, and travel beside those that are always present, under the names that the answer tells.',
      params: { symbol: symbolParam },
      body: z.object(selectionFields),
      response: z.object({ subscription_id: z.string(), symbol: z.string(), topic: z.string(), features: z.array(z.string()).describe('Those on request') }),
      status: 201,
      example: { features: ['adx', 'supertrend'], parameters: { ema: { period: [12] } } },
    },
    async ({ params: { symbol }, body }, context) => {
      const { definitions, areLive } = select(selectionFrom(body));
      const subscription = new Subscription(context.newId(), symbol, areLive ? [] : definitions.map(qualified).filter(({ name }) => !FEATURE_NAMES.has(name)));
      const { subscriptions, book, dirty } = context.state;
      const earlier = subscription.definitions.length === 0 ? [] : await earlierBars(symbol, context);
      subscriptions.add(subscription);
      const live = book.get(symbol);
      const last = live?.lastBar;
      if (live !== undefined && last !== undefined) {
        const lasting = earlier.filter((bar) => live.runId === null && bar.is_final && bar.provenance === last.provenance && bar.start_ms <= last.start_ms);
        for (const bar of [...lasting.map((stored) => ({ ...stored, run_id: null })), ...live.recentBars()]) subscription.take(bar, book.filingsOf(symbol));
        dirty.add(symbol);
      }
      return { subscription_id: subscription.id, symbol, topic: topics.feature.update.of(symbol), features: subscription.definitions.map(({ name }) => name) };
    },
  ),
  del(
    '/features/subscribe/{subscription_id}',
    {
      summary: 'Ends a subscription.',
      params: { subscription_id: z.string() },
      response: z.object({ status: z.literal('removed'), subscription_id: z.string() }),
      errors: { 404: 'There is no such subscription.' },
    },
    ({ params }, context) => {
      const id = params.subscription_id;
      if (!context.state.subscriptions.delete(id)) throw new NotFoundError('subscription', `no subscription ${id}`);
      return { status: 'removed' as const, subscription_id: id };
    },
  ),
];

/** What is stored of a live symbol, so that long windows need not wait; none of a replay, which has its own. */
async function earlierBars(symbol: string, context: Context): Promise<readonly Bar[]> {
  const live = context.state.book.get(symbol);
  if (live === undefined || live.runId !== null) return [];
  try {
    return await barsFor({ symbol, bars: undefined, asOf: undefined, timeframe: '1m' }, context);
  } catch (error) {
    if (asNautilusError(error)?.kind === 'not_found') return [];
    throw error;
  }
}
