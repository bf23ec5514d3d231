import { routesOf } from '@nautilus/engine';
import { msFromIso, InvalidInputError, NotFoundError } from '@nautilus/model';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { wireBook } from '../wire-event.ts';
import { provenance, symbol } from './schemas.ts';

const { get } = routesOf<Context>();

const levels = z.array(z.tuple([z.number(), z.number()])).describe('Price and size, best first');
export const bookSchema = z.object({
  symbol: z.string(), state: z.enum(['open', 'stale']).describe('stale: updates are missing, so nothing is shown until a snapshot comes'),
  bids: levels, asks: levels, last_update_id: z.int(), timestamp: z.string().describe('Event time of the last update'), source: z.string(), venue: z.string(), provenance,
});
const ten = z.coerce.number().int().min(1).max(1000).default(10);

export const bookRoutes = [
  get('/books/{symbol}', {
    summary: 'The order book of a symbol as it stands',
    params: { symbol }, query: { levels: ten }, response: bookSchema,
    errors: { 404: 'No book of the symbol was seen; the symbols with books are listed.' },
  }, ({ params, query }, { state }) => {
    const book = state.hub.book(params.symbol, query.levels);
    if (book === undefined) throw new NotFoundError('symbol', `no book of ${params.symbol} was seen`, { books: state.hub.bookSymbols });
    return wireBook(book);
  }),

  get('/books/{symbol}/snapshots', {
    summary: 'Stored snapshots of an order book',
    description: 'The best ten levels of each side, ascending by event time. Without `from` the newest ones; the cursor then leads to older ones.',
    params: { symbol },
    query: { from: z.string().optional().describe('ISO 8601, inclusive'), to: z.string().optional().describe('ISO 8601, exclusive'), limit: z.coerce.number().int().min(1).max(1000).default(100), cursor: z.string().optional() },
    response: z.object({ items: z.array(bookSchema), next_cursor: z.string().nullable() }),
    errors: { 503: 'The database is away.' },
  }, async ({ params, query: { from, to, limit, cursor } }, { store }) => {
    const range = { ...(from === undefined ? {} : { from: timeOf(from, 'from') }), ...(to === undefined ? {} : { to: timeOf(to, 'to') }) };
    const { items, nextCursor } = await store.books.snapshots(params.symbol, range, { limit, ...(cursor === undefined ? {} : { cursor }) });
    return { items: items.map(wireBook), next_cursor: nextCursor };
  }),
];

function timeOf(text: string, path: string): number {
  const ms = msFromIso(text);
  if (ms === undefined) throw new InvalidInputError([{ path, message: 'not an ISO 8601 time with an offset' }]);
  return ms;
}
