import { asQuote, asTrade, matches, topics, type Message, type Trade, type VpinReading } from '@nautilus/model';
import { toxicityAlert, type VpinEntry } from '@nautilus/quant';
import { vpinReadingMessage, type ToxicityAlertMessage } from '@nautilus/vpin';
import type { Context } from '../context.ts';

/** Trades fill buckets; each full bucket is published before the next trade is looked at. Quotes move the displayed depth. */
export function onMarketData(message: Message, context: Context): Promise<void> | undefined {
  if (matches(topics.marketData.tick.all, message.topic)) return onTrade(asTrade(message.payload), context);
  if (!matches(topics.marketData.quote.all, message.topic)) return undefined;
  const entry = context.state.vpin.quotes.take(asQuote(message.payload));
  if (entry !== undefined) context.state.requoted.add(entry.symbol);
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

async function publish(entry: VpinEntry, closed: readonly VpinReading[], context: Context): Promise<void> {
  context.metrics.buckets.inc(closed.length);
  for (const reading of closed) {
    await send(topics.vpin.calculation.of(entry.symbol), vpinReadingMessage(reading, entry), entry, context);
    const alert = alertFor(entry, reading, context);
    if (alert !== undefined) await send(topics.toxicityAlert.of(entry.symbol), alert, entry, context);
  }
}

function alertFor(entry: VpinEntry, reading: VpinReading, context: Context): ToxicityAlertMessage | undefined {
  if (reading.percentile === null || reading.vpin === null) return undefined;
  const change = toxicityAlert(entry.standingAlert, reading.percentile);
  if (change === undefined) return undefined;
  entry.standingAlert = change.cleared ? undefined : change.severity;
  context.metrics.alerts.inc({ severity: change.cleared ? 'cleared' : change.severity });
  return {
    // The twin finds the same alert and gives it the same name: it is stored once.
    id: `${reading.series}#${reading.bucketId}`,
    symbol: entry.symbol,
    timestamp: new Date(reading.endMs).toISOString(),
    severity: change.severity,
    percentile: reading.percentile,
    vpin_value: reading.vpin,
    cleared: change.cleared,
    provenance: entry.provenance,
  };
}

/** On the bus for everybody, and at once to the clients of this engine's own sockets. */
async function send(topic: string, data: object, entry: VpinEntry, context: Context): Promise<void> {
  const messageId = context.newId();
  context.state.vpin.hub.publish({ topic, data, messageId, timestamp: context.clock.now(), priority: 'NORMAL' });
  await context.bus.publish(topic, data, { messageId, provenance: entry.provenance });
}
