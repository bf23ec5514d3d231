import { asBar, asQuote, asTrade, InvalidInputError, topics, type Bar, type Message, type Quote, type Trade } from '@nautilus/model';
import type { Context } from '../context.ts';

const TICK = prefixOf(topics.marketData.tick.all);
const QUOTE = prefixOf(topics.marketData.quote.all);
const BAR = prefixOf(topics.marketData.bar.all);

/**
 * Stores what this engine published, in a consumer group of its own: a slow database delays this group, never
 * the publishing. Repeated delivery has no effect, because rows have natural keys.
 */
export async function persist(messages: readonly Message[], context: Context): Promise<void> {
  const trades: Trade[] = [];
  const quotes: Quote[] = [];
  const bars: Bar[] = [];
  for (const { topic, payload } of messages) {
    if (topic.startsWith(TICK)) trades.push(asTrade(payload));
    else if (topic.startsWith(QUOTE)) quotes.push(asQuote(payload));
    else if (topic.startsWith(BAR)) bars.push(asBar(payload));
    else if (!topic.startsWith(prefixOf(topics.marketData.status.all))) throw new InvalidInputError([{ path: 'topic', message: `no table holds ${topic}` }]);
  }
  const { market } = context.store;
  await Promise.all([
    trades.length > 0 ? market.appendTrades(trades) : undefined,
    quotes.length > 0 ? market.appendQuotes(quotes) : undefined,
    bars.length > 0 ? market.appendBars(bars) : undefined,
  ]);
}

function prefixOf(pattern: string): string {
  return pattern.slice(0, -1);
}
