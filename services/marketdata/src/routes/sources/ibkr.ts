import { routesOf } from '@nautilus/engine';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { symbol } from '../schemas.ts';
import { asked, refusing, sourceAnswerSchema, sourceErrors } from './source-answer.ts';
import { healthOf, sourceHealthSchema } from './source-health.ts';
import { present } from './present.ts';

const { get, post } = routesOf<Context>();

const statusSchema = sourceHealthSchema.extend({
  session: z.object({
    authenticated: z.boolean(), connected: z.boolean(), competing: z.boolean(), message: z.string().nullable(), server: z.string().nullable(),
    expires_in_ms: z.number().nullable(), archive_error: z.string().nullable(), checked_at: z.string(),
  }).nullable().describe('What the gateway last said of its login; null before it was asked.'),
  stream: z.object({ open: z.boolean(), symbols: z.array(z.string()) }).describe('Whether quotes come as they change, and of what; of other symbols they are asked for.'),
});

function statusOf(context: Context): z.input<typeof statusSchema> {
  const { sources } = context.state;
  const { session, checkedAt } = sources.portal.status;
  const { isOpen, symbols } = sources.quoteStream.status;
  return {
    ...healthOf(sources.of('ibkr')), stream: { open: isOpen, symbols: [...symbols] },
    session: session === null || checkedAt === null ? null : {
      authenticated: session.authenticated, connected: session.connected, competing: session.competing, message: session.message, server: session.server,
      expires_in_ms: session.expiresInMs, archive_error: session.archiveError, checked_at: new Date(checkedAt).toISOString(),
    },
  };
}

export const ibkrRoutes = [
  get('/ibkr/status', { summary: 'Truth about the link to Interactive Brokers', response: statusSchema }, (_input, context) => statusOf(context)),

  post('/ibkr/reconnect', {
    summary: 'Looks at the session of the gateway and opens it where the user has logged in',
    description: 'The login itself happens in a browser at the gateway. A session that another program holds is taken over only with `compete`.',
    body: z.object({ compete: z.boolean().default(false) }).default({ compete: false }), response: statusSchema, errors: sourceErrors, example: {},
  }, ({ body, request }, context) => refusing(request, async () => {
    await context.state.sources.portal.connect(body.compete, { signal: request.signal });
    return statusOf(context);
  })),

  get('/data/ibkr/{symbol}', {
    summary: 'Quote or bars of Interactive Brokers, and of nobody else', params: { symbol }, response: sourceAnswerSchema, errors: sourceErrors,
    query: {
      data_type: z.enum(['quote', 'bar']).default('quote'), exchange: z.string().min(1).max(20).optional().describe('Where several contracts bear the ticker'),
      is_us: z.stringbool().default(true), period: z.string().regex(/^\d{1,4}(min|h|d|w|m|y)$/).default('1d'), bar: z.string().regex(/^\d{1,3}(secs?|mins?|h|d|w|m)$/).default('5mins'),
      outside_rth: z.stringbool().default(false), limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
    },
  }, ({ params, query, request }, context) => {
    const { portal } = context.state.sources;
    const filter = { isUs: query.is_us, ...present({ exchange: query.exchange }) };
    return query.data_type === 'quote'
      ? asked(request, (options) => portal.quote(params.symbol, filter, options))
      : asked(request, async (options) => {
        const answer = await portal.bars(params.symbol, { filter, period: query.period, bar: query.bar, outsideRegularHours: query.outside_rth }, options);
        return { ...answer, records: answer.records.slice(-query.limit) };
      });
  }),
];
