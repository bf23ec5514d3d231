import { describe, expect, it } from '@jest/globals';
import { asNautilusError, nsFromMs, type Message } from '@nautilus/model';
import type { Context } from '../context.ts';
import { answerRequest } from './answer-request.ts';
import { persist } from './persist.ts';

const event = {
  symbol: 'IBM', venue: 'XNYS', ts_event_ns: nsFromMs(1_000), ts_ingest_ns: nsFromMs(2_000), seq: 1, source: 'test', provenance: 'replay', run_id: 'run',
  exchange: 'N', condition: '', suspicious: false,
};
const trade = { ...event, price: 10, size: 100 };
const quote = { ...event, bid: 10, bid_size: 1, ask: null, ask_size: null };
const bar = { symbol: 'IBM', start_ms: 0, end_ms: 60_000, open: 1, high: 1, low: 1, close: 1, volume: 1 };
const message = (topic: string, payload: unknown, more: Partial<Message> = {}): Message => ({ topic, payload, reply_to: null, correlation_id: 'c', ...more }) as Message;

describe('the sink', () => {
  function sink(fail?: Error): { readonly context: Context; readonly stored: Record<string, unknown[]> } {
    const stored: Record<string, unknown[]> = { trades: [], quotes: [], bars: [] };
    const append = (kind: string) => async (rows: readonly unknown[]) => {
      if (fail !== undefined) throw fail;
      stored[kind]?.push(...rows);
    };
    const market = { appendTrades: append('trades'), appendQuotes: append('quotes'), appendBars: append('bars') };
    return { context: { store: { market } } as unknown as Context, stored };
  }

  it('sorts a batch into the tables, in order, and passes over changes of state', async () => {
    const { context, stored } = sink();
    const second = { ...trade, seq: 2 };
    await persist([
      message('market_data.tick.IBM', trade), message('market_data.quote.IBM', quote), message('market_data.status.replay', { state: 'playing' }),
      message('market_data.tick.IBM', second), message('market_data.bar.IBM', bar),
    ], context);
    expect(stored).toEqual({ trades: [trade, second], quotes: [quote], bars: [bar] });
  });

  it('keeps the best ten levels of whole books, and no deltas', async () => {
    const { context } = sink();
    const kept: unknown[] = [];
    Object.assign(context.store, { books: { append: async (rows: readonly unknown[]) => void kept.push(...rows) } });
    const levels = Array.from({ length: 12 }, (_, i) => [100 - i, 1]);
    const book = { ...event, type: 'snapshot', bids: levels, asks: [], last_update_id: 3, previous_update_id: null, reason: null };
    await persist([message('market_data.level2.IBM', book), message('market_data.level2.IBM', { ...book, type: 'delta', previous_update_id: 3, last_update_id: 4 })], context);
    expect(kept).toEqual([{ ...book, bids: levels.slice(0, 10) }]);
  });

  it.each([
    ['a book without ids', 'market_data.level2.IBM', { ...event, type: 'snapshot', bids: [], asks: [] }],
    ['a trade without a price', 'market_data.tick.IBM', { ...trade, price: NaN }],
    ['a quote of another shape', 'market_data.quote.IBM', { ...quote, bid: 'x' }],
    ['a bar that ends before it starts', 'market_data.bar.IBM', { ...bar, end_ms: -1 }],
    ['what no table holds', 'market_data.news.IBM', {}],
  ])('refuses %s for good, and stores nothing of that batch', async (_what, topic, payload) => {
    const { context, stored } = sink();
    const error = await persist([message('market_data.tick.IBM', trade), message(topic, payload)], context).catch((reason: unknown) => reason);
    expect(asNautilusError(error)?.kind).toBe('invalid_input');
    expect(stored['trades']).toEqual([]);
  });

  it('fails when the database does, so that the messages come again', async () => {
    const { context } = sink(new Error('away'));
    await expect(persist([message('market_data.tick.IBM', trade)], context)).rejects.toThrow('away');
  });
});

describe('a data request over the bus', () => {
  const context = (replies: unknown[]): Context => ({
    bus: { reply: async (request: Message, payload: unknown, options: unknown) => void replies.push([request.correlation_id, payload, options]) },
    store: { market: { trades: async () => ({ items: [trade], nextCursor: null }), instruments: async () => [] } },
    state: {
      library: { entries: [{ symbol: 'IBM' }] }, universe: { symbols: () => ['IBM'] }, hub: { lastSeen: () => undefined },
      answers: { get: async (_question: string, ask: () => Promise<unknown>) => ({ hit: false, value: await ask() }) },
    },
    provenance: { current: 'replay' },
  }) as unknown as Context;

  it('is answered as over HTTP, with the provenance of what is told', async () => {
    const replies: unknown[] = [];
    await answerRequest(message('data.request.IBM', { symbol: 'ibm', data_type: 'tick', from: '1970-01-01T00:00:00Z' }, { reply_to: 'data.reply.x' }), context(replies));
    expect(replies).toMatchObject([['c', { symbol: 'IBM', data: [{ price: 10, ts_event_ns: '1000000000' }], provenance: 'replay' }, { provenance: 'replay' }]]);
  });

  it.each([
    ['without a return address', { symbol: 'IBM' }, null],
    ['of another shape', { symbol: 'IBM', data_type: 'news' }, 'data.reply.x'],
    ['without a symbol', {}, 'data.reply.x'],
    ['of what is no symbol', { symbol: '!' }, 'data.reply.x'],
  ])('%s is refused for good', async (_what, payload, replyTo) => {
    const error = await answerRequest(message('data.request.IBM', payload, { reply_to: replyTo }), context([])).catch((reason: unknown) => reason);
    expect(asNautilusError(error)?.kind).toBe('invalid_input');
  });

  it('for an unknown symbol is refused for good', async () => {
    const error = await answerRequest(message('data.request.NOPE', { symbol: 'NOPE' }, { reply_to: 'data.reply.x' }), context([])).catch((reason: unknown) => reason);
    expect(asNautilusError(error)?.kind).toBe('not_found');
  });
});
