import type { DeliveryContext } from '@nautilus/engine';
import { asBar, matches, topics, type Bar, type Message } from '@nautilus/model';
import type { Context } from '../context.ts';
import { onFilings } from './on-filings.ts';
import { featuresPayload } from '../payload.ts';
import type { SymbolFeatures } from '../symbol-features.ts';

/** Final one-minute bars move the features on, filings the fundamental ones; other events, ticks before all, cost no promise. */
export function onMarketData(message: Message, context: Context, delivery: DeliveryContext): Promise<void> | undefined {
  if (matches(topics.marketData.bar.all, message.topic)) return onBar(message, context, delivery);
  if (matches(topics.marketData.fundamental.all, message.topic)) onFilings(message, context, delivery);
  else context.state.checkpoints.note(message, delivery);
  return undefined;
}

async function onBar(message: Message, context: Context, delivery: DeliveryContext): Promise<void> {
  const { book, checkpoints, dirty, subscriptions } = context.state;
  const bar = checked(message, context, delivery);
  if (bar.timeframe !== '1m' || !bar.is_final) return checkpoints.note(message, delivery);
  const changed = checkpoints.take(bar.symbol, message, delivery) ? book.take(bar) : undefined;
  context.metrics.bars.inc({ outcome: changed === undefined ? 'repeated_or_late' : 'taken' });
  if (changed === undefined) return;
  for (const subscription of subscriptions.of(bar.symbol)) subscription.take(bar, book.filingsOf(bar.symbol));
  dirty.add(bar.symbol);
  await context.bus.publish(topics.feature.calculation.of(bar.symbol), calculationPayload(changed), { provenance: bar.provenance });
}

/** A bar with a wrong value ends in the dead letters; what follows for its symbol is less certain. */
function checked(message: Message, context: Context, delivery: DeliveryContext): Bar {
  const { payload } = message;
  try {
    return asBar(payload);
  } catch (error) {
    const { book, checkpoints, subscriptions } = context.state;
    const symbol: unknown = typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'symbol') : undefined;
    if (typeof symbol !== 'string' || book.get(symbol) === undefined) checkpoints.note(message, delivery);
    else if (checkpoints.take(symbol, message, delivery)) {
      book.flag(symbol);
      for (const subscription of subscriptions.of(symbol)) subscription.flag();
    }
    context.metrics.bars.inc({ outcome: 'refused' });
    throw error;
  }
}

/** What the sink stores: the values of one bar. */
function calculationPayload(features: SymbolFeatures): object {
  return { ...featuresPayload(features), rows: features.rows(), source: features.lastBar?.source ?? null };
}

/** Sends the newest state of every symbol that changed and that somebody follows. */
export async function sendUpdates(context: Context): Promise<void> {
  const { dirty, book, subscriptions } = context.state;
  const symbols = [...dirty].filter((symbol) => isFollowed(symbol, context));
  dirty.clear();
  for (const symbol of symbols) {
    const features = book.get(symbol);
    if (features === undefined) continue;
    const payload = featuresPayload(features);
    for (const subscription of subscriptions.of(symbol)) Object.assign(payload.features, subscription.values());
    await context.bus.publish(topics.feature.update.of(symbol), payload, { provenance: features.provenance });
  }
}

function isFollowed(symbol: string, context: Context): boolean {
  const { followed, subscriptions } = context.state;
  return context.settings.publishAll || followed.has(symbol) || subscriptions.of(symbol).length > 0;
}
