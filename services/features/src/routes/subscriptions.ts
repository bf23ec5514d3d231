import { z } from 'zod';
import { routesOf, symbolParam } from '@nautilus/engine';
import { NotFoundError, topics } from '@nautilus/model';
import type { Context } from '../context.ts';

const { post, del } = routesOf<Context>();

export const subscriptionRoutes = [
  post(
    '/features/subscribe/{symbol}',
    {
      summary: 'Follows a symbol: its newest features travel on the topic that the answer names.',
      params: { symbol: symbolParam },
      response: z.object({ subscription_id: z.string(), symbol: z.string(), topic: z.string() }),
      status: 201,
    },
    ({ params }, context) => {
      const id = context.newId();
      context.state.subscriptions.set(id, { id, symbol: params.symbol });
      return { subscription_id: id, symbol: params.symbol, topic: topics.feature.update.of(params.symbol) };
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
