import type { DeliveryContext } from '@nautilus/engine';
import { asBookUpdate, asQuote, asTrade, isBookTopic, matches, msFromNs, topics, type BookUpdate, type Message, type Quote, type Trade, type VpinReading } from '@nautilus/model';
import { toxicityAlert, type VpinEntry } from '@nautilus/quant';
import { alertRank, takeQuote } from '@nautilus/vpin';
import type { Context } from '../context.ts';
import { estimateInformedVolume } from '../estimation.ts';
import { publishEnhanced, publishFlashCrash, publishToxicity, showReading } from '../publication.ts';
import { keepMinute, type SymbolEntry } from '../symbol-board.ts';
import { volumeEstimate } from '../wire.ts';

const MINUTE_MS = 60_000;

/**
 * One symbol state serves all measures: each trade, quote and update of a book is looked at once. What comes of it is queued while the
 * state changes, and sent afterwards: a saving in between finds both.
 */
export function onMarketData(message: Message, context: Context, delivery: DeliveryContext): Promise<void> | undefined {
  const { checkpoints, queue } = context.state;
  if (matches(topics.marketData.tick.all, message.topic)) {
    const trade = asTrade(message.payload);
    if (!checkpoints.take(trade.symbol, message, delivery)) return undefined;
    onTrade(trade, context);
  } else if (matches(topics.marketData.quote.all, message.topic)) {
    const quote = asQuote(message.payload);
    if (!checkpoints.take(quote.symbol, message, delivery)) return undefined;
    onQuote(quote, context);
  } else if (isBookTopic(message.topic)) {
    const update = asBookUpdate(message.payload);
    if (!checkpoints.take(update.symbol, message, delivery)) return undefined;
    onBook(update, context);
  } else checkpoints.note(message, delivery);
  return queue.isEmpty ? undefined : queue.send();
}

function onTrade(trade: Trade, context: Context): void {
  const { books, timings } = context.state.vpin;
  const started = measured(context);
  const taken = books.take(trade);
  if (taken === undefined) context.state.board.drop(trade.symbol);
  context.metrics.events.inc({ outcome: taken === undefined ? 'unsubscribed' : `trade_${taken.outcome}` });
  if (taken?.outcome !== 'accepted') return;
  const entry = context.state.board.entryFor(trade);
  const timeMs = msFromNs(trade.ts_event_ns);
  endOfMinute(entry, timeMs, context);
  entry.stream.addTrade(timeMs, trade.price, trade.size, trade.exchange === '' ? trade.venue : trade.exchange);
  if (started !== undefined) timings.updates.add(context.clock.monotonic() - started);
  for (const reading of taken.closed) onBucket(reading, taken.entry, entry, context);
}

function onQuote(quote: Quote, context: Context): void {
  const { books, timings } = context.state.vpin;
  if (books.unsubscribed().includes(quote.symbol)) return context.metrics.events.inc({ outcome: 'unsubscribed' });
  const started = measured(context);
  const quoted = takeQuote(quote, context.state.vpin);
  context.metrics.events.inc({ outcome: quoted === undefined ? 'quote_flagged' : 'quote' });
  if (quoted === undefined) return;
  context.state.requoted.add(quote.symbol);
  const entry = context.state.board.entryFor(quote);
  const timeMs = msFromNs(quote.ts_event_ns);
  endOfMinute(entry, timeMs, context);
  const toxicity = books.get(quote.symbol)?.readings.at(-1)?.percentile ?? undefined;
  const moment = entry.stream.addQuote(timeMs, quote.exchange === '' ? quote.venue : quote.exchange, quoted.quote, toxicity);
  if (started !== undefined) timings.updates.add(context.clock.monotonic() - started);
  if (moment?.changedFrom !== undefined) publishFlashCrash(entry, moment, moment.changedFrom, context);
}

/** Depth beyond the best quotes. It moves no clock: minutes end with trades and quotes. */
function onBook(update: BookUpdate, context: Context): void {
  const outcome = context.state.vpin.level2.take(update);
  context.state.requoted.add(update.symbol);
  if (context.state.vpin.books.unsubscribed().includes(update.symbol)) return context.metrics.events.inc({ outcome: 'unsubscribed' });
  context.state.board.entryFor(update).stream.noteBook(msFromNs(update.ts_event_ns), outcome);
  context.metrics.events.inc({ outcome: `book_${outcome}` });
}

/** One update in so many is measured: reading the clock costs about as much as the update. */
const MEASURED = 64;

function measured(context: Context): number | undefined {
  context.state.eventsSeen += 1;
  return context.state.eventsSeen % MEASURED === 0 ? context.clock.monotonic() : undefined;
}

/** The state as it stood before the first event of a new minute. */
function endOfMinute(entry: SymbolEntry, timeMs: number, context: Context): void {
  const minute = Math.floor(timeMs / MINUTE_MS);
  if (minute <= entry.publishedMinute) return;
  const first = entry.publishedMinute === -Infinity;
  entry.publishedMinute = minute;
  if (first) return;
  const message = publishEnhanced(entry, 'minute', [minute - 1], context);
  keepMinute(entry, minute - 1, entry.stream.mid, context.state.vpin.books.get(entry.symbol)?.stream.vpin() ?? null);
  publishToxicity(entry, message, context);
}

function onBucket(reading: VpinReading, book: VpinEntry, entry: SymbolEntry, context: Context): void {
  // The alerts by VPIN's own distribution are the VPIN engine's to publish; here only what stands is kept.
  const rank = alertRank(reading, context.state.vpin.alertBasis);
  const change = rank === undefined ? undefined : toxicityAlert(book.standingAlert, rank.percentile);
  if (change !== undefined) book.standingAlert = change.cleared ? undefined : change.severity;
  showReading(reading, entry, context);
  publishEnhanced(entry, 'bucket', [reading.series, reading.bucketId, reading.endMs], context);
  estimateInBackground(book, entry, context);
}

/** IVPIN of the newest window, between other work; a bucket that closes meanwhile waits for the next one. */
function estimateInBackground(book: VpinEntry, entry: SymbolEntry, context: Context): void {
  const lot = entry.informedVolume?.lot ?? entry.stream.medianTradeSize();
  if (lot === undefined || entry.estimating) return;
  entry.estimating = true;
  const started = context.clock.monotonic();
  estimateInformedVolume(book.readings, lot, entry.informedVolume, context)
    .then(async (estimated) => {
      if (estimated === undefined) return;
      context.metrics.estimation.observe((context.clock.monotonic() - started) / 1000);
      entry.informedVolume = estimated;
      publishEnhanced(entry, 'ivpin', [estimated.endMs], context, { estimate: volumeEstimate(estimated) });
      context.state.checkpoints.touch(entry.symbol);
      await context.state.queue.send();
    })
    .catch((error: unknown) => context.log.warn({ error, symbol: entry.symbol }, 'IVPIN could not be estimated'))
    .finally(() => void (entry.estimating = false));
}
