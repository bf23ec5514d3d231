import { asTrade, matches, topics, type Message } from '@nautilus/model';
import { toxicityAlert, type VpinReading } from '@nautilus/quant';
import type { Context } from '../context.ts';
import { toWireReading, type WireAlert } from '../reading.ts';
import type { SymbolEntry } from '../symbol-book.ts';

/** Trades fill buckets; each full bucket is published before the next trade is looked at. Other events do not matter here. */
export function onMarketData(message: Message, context: Context): Promise<void> | undefined {
  if (!matches(topics.marketData.tick.all, message.topic)) return undefined;
  const trade = asTrade(message.payload);
  const { entry, outcome, closed } = context.state.books.take(trade);
  context.metrics.trades.inc({ outcome });
  return closed.length === 0 ? undefined : publish(entry, closed, context);
}

async function publish(entry: SymbolEntry, closed: readonly VpinReading[], context: Context): Promise<void> {
  context.metrics.buckets.inc(closed.length);
  for (const reading of closed) {
    await send(topics.vpin.calculation.of(entry.symbol), toWireReading(reading, entry), entry, context);
    const alert = alertFor(entry, reading, context);
    if (alert !== undefined) await send(topics.toxicityAlert.of(entry.symbol), alert, entry, context);
  }
}

function alertFor(entry: SymbolEntry, reading: VpinReading, context: Context): WireAlert | undefined {
  if (reading.percentile === null || reading.vpin === null) return undefined;
  const change = toxicityAlert(entry.standingAlert, reading.percentile);
  if (change === undefined) return undefined;
  entry.standingAlert = change.cleared ? undefined : change.severity;
  context.metrics.alerts.inc({ severity: change.cleared ? 'cleared' : change.severity });
  return {
    id: context.newId(),
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
async function send(topic: string, data: object, entry: SymbolEntry, context: Context): Promise<void> {
  const messageId = context.newId();
  context.state.hub.publish({ topic, data, messageId, timestamp: context.clock.now(), priority: 'NORMAL' });
  await context.bus.publish(topic, data, { messageId, provenance: entry.provenance });
}
