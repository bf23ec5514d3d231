import { routesOf } from '@nautilus/engine';
import { isoFromMs } from '@nautilus/model';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { wireBook, wireRecord } from '../wire-event.ts';
import { unknownSymbol } from '../subscriptions.ts';
import { tickersOf } from '../symbol-history.ts';
import { bookSchema } from './books.ts';
import { page, pageOf, pageQuery, provenance, symbol } from './schemas.ts';

const { get, post, del } = routesOf<Context>();

const record = z.record(z.string(), z.unknown());
const listed = z.object({
  symbol: z.string(), has_recording: z.boolean(), sessions: z.array(z.string()).describe('Dates that can be replayed'),
  daily_from: z.string().nullable(), daily_to: z.string().nullable(), venue: z.string().nullable(),
});
const BOOK_LEVELS = 10;
const changed = z.object({ symbol: z.string(), changed: z.boolean(), has_recording: z.boolean() });

export const symbolRoutes = [
  get('/symbols', { summary: 'Symbols known here, and what is recorded of each', query: pageQuery, response: pageOf(listed) },
    ({ query }, context) => page(context.state.universe.symbols(recordedSymbols(context)).map((name) => describe(name, context)), (item) => item.symbol, query)),

  post('/symbols/add/{symbol}', { summary: 'Adds a symbol to the list', params: { symbol }, response: changed }, async ({ params }, context) => {
    const recorded = recordedSymbols(context);
    const added = context.state.universe.add(params.symbol, recorded);
    if (added) await context.state.universe.save(context.store, context.clock.now());
    return { symbol: params.symbol, changed: added, has_recording: recorded.includes(params.symbol) };
  }),

  del('/symbols/remove/{symbol}', { summary: 'Removes a symbol from the list', params: { symbol }, response: changed, errors: { 404: 'The symbol is not in the list.' } },
    async ({ params }, context) => {
      const recorded = recordedSymbols(context);
      if (!context.state.universe.remove(params.symbol, recorded)) throw unknownSymbol(params.symbol, recorded);
      await context.state.universe.save(context.store, context.clock.now());
      return { symbol: params.symbol, changed: true, has_recording: recorded.includes(params.symbol) };
    }),

  get('/symbols/{symbol}/history', {
    summary: 'Under which tickers the security traded that bears the symbol now',
    description: 'A record of a ticker from before these days belongs to another company. Recorded prices of such days were left out.',
    params: { symbol },
    response: z.object({ symbol: z.string(), tickers: z.array(z.object({ ticker: z.string(), from: z.string(), until: z.string().nullable().describe('Inclusive; null while it trades so') })), provenance }),
    errors: { 404: 'The tickers of the symbol are not known here.' },
  }, async ({ params }, context) => ({ symbol: params.symbol, tickers: [...(await tickersOf(params.symbol, context.dataDirectory))], provenance: 'replay' as const })),

  post('/symbols/{symbol}/snapshot', {
    summary: 'What is known of a symbol at this moment',
    description: 'From memory: the last trusted trade, both sides of the last quote, the bar in the making (`is_final: false`) or the last one, the best ten levels of the book. What was not seen is null.',
    params: { symbol },
    response: z.object({
      symbol: z.string(), timestamp: z.string(), provenance, last_trade: record.nullable(), bid: record.nullable(), ask: record.nullable(), bar: record.nullable(), book: bookSchema.nullable(),
      reason: z.string().optional(),
    }),
    errors: { 404: 'The symbol is not known here.' },
  }, ({ params }, context) => {
    const seen = context.state.hub.lastSeen(params.symbol);
    const recorded = recordedSymbols(context);
    const book = context.state.hub.book(params.symbol, BOOK_LEVELS);
    if (seen === undefined && book === undefined && !context.state.universe.symbols(recorded).includes(params.symbol)) throw unknownSymbol(params.symbol, recorded);
    const events = [seen?.trade, seen?.bid, seen?.ask, seen?.bar].filter((event) => event !== undefined);
    return {
      symbol: params.symbol, timestamp: isoFromMs(context.clock.now()), provenance: events[0]?.provenance ?? book?.provenance ?? context.provenance.current,
      last_trade: wire(seen?.trade), bid: wire(seen?.bid), ask: wire(seen?.ask), bar: wire(seen?.bar), book: book === undefined ? null : wireBook(book),
      ...(events.length === 0 && book === undefined ? { reason: 'no_data' } : {}),
    };
  }),
];

function wire(event: Parameters<typeof wireRecord>[0] | undefined): Record<string, unknown> | null {
  return event === undefined ? null : { ...wireRecord(event) };
}

function recordedSymbols({ state }: Context): readonly string[] {
  return [...new Set(state.library.entries.map((entry) => entry.symbol))];
}

function describe(name: string, { state }: Context): z.input<typeof listed> {
  const entries = state.library.entries.filter((entry) => entry.symbol === name);
  const daily = entries.find(({ kind }) => kind === 'daily');
  const date = (ms: number | undefined): string | null => (ms === undefined ? null : isoFromMs(ms).slice(0, 10));
  return {
    symbol: name, has_recording: entries.length > 0, venue: entries[0]?.venue ?? null,
    sessions: [...new Set(entries.map(({ session }) => session).filter((session) => session !== null))].sort(),
    daily_from: date(daily?.minTimeMs), daily_to: date(daily?.maxTimeMs),
  };
}
