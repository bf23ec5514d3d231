import type { DeliveryContext } from '@nautilus/engine';
import { asBookUpdate, asQuote, asTrade, isBookTopic, matches, topics, type Message, type Trade, type VpinReading } from '@nautilus/model';
import { toxicityAlert, type VpinEntry } from '@nautilus/quant';
import { alertRank, stableId, takeQuote, vpinReadingMessage, type ToxicityAlertMessage } from '@nautilus/vpin';
import type { Context } from '../context.ts';

/** Trades fill buckets; each full bucket is published before the next trade is looked at. Quotes and level-2 books move the displayed depth. */
export function onMarketData(message: Message, context: Context, delivery: DeliveryContext): Promise<void> | undefined {
  const { checkpoints, vpin, requoted } = context.state;
  if (matches(topics.marketData.tick.all, message.topic)) {
    const trade = asTrade(message.payload);
    return checkpoints.take(trade.symbol, message, delivery) ? onTrade(trade, context) : undefined;
  }
  if (matches(topics.marketData.quote.all, message.topic)) {
    const quote = asQuote(message.payload);
    if (checkpoints.take(quote.symbol, message, delivery) && takeQuote(quote, vpin) !== undefined) requoted.add(quote.symbol);
  } else if (isBookTopic(message.topic)) {
    const update = asBookUpdate(message.payload);
    if (checkpoints.take(update.symbol, message, delivery)) {
      vpin.level2.take(update);
      requoted.add(update.symbol);
    }
  } else checkpoints.note(message, delivery);
  return undefined;
}

/** One update in so many is measured: reading the clock costs about as much as the update. */
const MEASURED = 64;

function onTrade(trade: Trade, context: Context): Promise<void> | undefined {
  const { state, clock } = context;
  state.tradesSeen += 1;
  const started = state.tradesSeen % MEASURED === 0 ? clock.monotonic() : undefined;
  const taken = state.vpin.books.take(trade);
  if (started !== undefined) state.vpin.timings.updates.add(clock.monotonic() - started);
  context.metrics.trades.inc({ outcome: taken?.outcome ?? 'unsubscribed' });
  return taken === undefined || taken.closed.length === 0 ? undefined : publish(taken.entry, taken.closed, context);
}

/** All that a trade gives is in the queue before the first of it is sent, so that a saving finds it whole. */
function publish(entry: VpinEntry, closed: readonly VpinReading[], context: Context): Promise<void> {
  context.metrics.buckets.inc(closed.length);
  for (const reading of closed) {
    enqueue(topics.vpin.calculation.of(entry.symbol), vpinReadingMessage(reading, entry), reading, entry, context);
    const alert = alertFor(entry, reading, context);
    if (alert !== undefined) enqueue(topics.toxicityAlert.of(entry.symbol), alert, reading, entry, context);
  }
  return context.state.queue.send();
}

function alertFor(entry: VpinEntry, reading: VpinReading, context: Context): ToxicityAlertMessage | undefined {
  const rank = alertRank(reading, context.state.vpin.alertBasis);
  if (rank === undefined || reading.vpin === null) return undefined;
  const change = toxicityAlert(entry.standingAlert, rank.percentile);
  if (change === undefined) return undefined;
  entry.standingAlert = change.cleared ? undefined : change.severity;
  context.metrics.alerts.inc({ severity: change.cleared ? 'cleared' : change.severity });
  return {
    // The twin finds the same alert and gives it the same name: it is stored once.
    id: `${reading.series}#${reading.bucketId}`,
    symbol: entry.symbol,
    timestamp: new Date(reading.endMs).toISOString(),
    severity: change.severity,
    ...rank,
    vpin_value: reading.vpin,
    cleared: change.cleared,
    provenance: entry.provenance,
  };
}

/** For everybody on the bus, and at once to the clients of this engine's own sockets. */
function enqueue(topic: string, payload: object, { series, bucketId, endMs }: VpinReading, { symbol, runId, provenance }: VpinEntry, context: Context): void {
  const { vpin, queue } = context.state;
  // A process that goes on from a saved state closes the bucket again: it is the same message.
  const messageId = stableId(context.engine.engine, topic, runId, series, bucketId, endMs);
  vpin.hub.publish({ topic, data: payload, messageId, timestamp: context.clock.now(), priority: 'NORMAL' });
  queue.add({ symbol, topic, payload, messageId, provenance });
}
