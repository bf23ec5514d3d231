import { asBar, asBookUpdate, asQuote, asTrade, InvalidInputError, topics, type Bar, type BookUpdate, type Message, type Quote, type Trade } from '@nautilus/model';
import type { CompanyFactRow, ObservationRow } from '@nautilus/store';
import type { Context } from '../context.ts';
import { factRows, observationRows } from '../polling/reference-events.ts';

const TICK = prefixOf(topics.marketData.tick.all);
const QUOTE = prefixOf(topics.marketData.quote.all);
const BAR = prefixOf(topics.marketData.bar.all);
const LEVEL2 = prefixOf(topics.marketData.level2.all);
/** Levels of each side that are stored. */
const STORED_LEVELS = 10;
const ECONOMIC = prefixOf(topics.marketData.economic.all);
const FUNDAMENTAL = prefixOf(topics.marketData.fundamental.all);

/**
 * Stores what this engine published, in a consumer group of its own: a slow database delays this group, never
 * the publishing. Repeated delivery has no effect, because rows have natural keys. Of books the snapshots are stored,
 * which are published every ten seconds of event time at the latest.
 */
export async function persist(messages: readonly Message[], context: Context): Promise<void> {
  const trades: Trade[] = [];
  const quotes: Quote[] = [];
  const bars: Bar[] = [];
  const books: BookUpdate[] = [];
  const observations: ObservationRow[] = [];
  const facts: CompanyFactRow[] = [];
  for (const { topic, payload } of messages) {
    if (topic.startsWith(TICK)) trades.push(asTrade(payload));
    else if (topic.startsWith(QUOTE)) quotes.push(asQuote(payload));
    else if (topic.startsWith(BAR)) bars.push(asBar(payload));
    else if (topic.startsWith(LEVEL2)) books.push(...stored(asBookUpdate(payload)));
    else if (topic.startsWith(ECONOMIC)) observations.push(...observationRows(payload));
    else if (topic.startsWith(FUNDAMENTAL)) facts.push(...factRows(payload));
    else if (!topic.startsWith(prefixOf(topics.marketData.status.all))) throw new InvalidInputError([{ path: 'topic', message: `no table holds ${topic}` }]);
  }
  const { market, reference } = context.store;
  await Promise.all([
    trades.length > 0 ? market.appendTrades(trades) : undefined,
    quotes.length > 0 ? market.appendQuotes(quotes) : undefined,
    bars.length > 0 ? market.appendBars(bars) : undefined,
    books.length > 0 ? context.store.books.append(books) : undefined,
    observations.length > 0 ? reference.appendObservations(observations) : undefined,
    facts.length > 0 ? reference.appendFacts(facts) : undefined,
  ]);
}

function stored(update: BookUpdate): readonly BookUpdate[] {
  return update.type === 'snapshot' ? [{ ...update, bids: update.bids.slice(0, STORED_LEVELS), asks: update.asks.slice(0, STORED_LEVELS) }] : [];
}

function prefixOf(pattern: string): string {
  return pattern.slice(0, -1);
}
