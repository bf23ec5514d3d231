import { asBar, matches, topics, type Bar, type Message } from '@nautilus/model';
import type { Context } from '../context.ts';
import { onFilings } from './on-filings.ts';
import { featuresPayload } from '../payload.ts';
import type { SymbolFeatures } from '../symbol-features.ts';

/** Final one-minute bars move the features on, filings the fundamental ones; other events, ticks before all, cost no promise. */
export function onMarketData(message: Message, context: Context): Promise<void> | undefined {
  if (matches(topics.marketData.bar.all, message.topic)) return onBar(message, context);
  if (matches(topics.marketData.fundamental.all, message.topic)) onFilings(message, context);
  return undefined;
}

async function onBar(message: Message, context: Context): Promise<void> {
  const bar = checked(message, context);
  if (bar.timeframe !== '1m' || !bar.is_final) return;
  const changed = context.state.book.take(bar);
  context.metrics.bars.inc({ outcome: changed === undefined ? 'repeated_or_late' : 'taken' });
  if (changed === undefined) return;
  context.state.dirty.add(bar.symbol);
  await context.bus.publish(topics.feature.calculation.of(bar.symbol), calculationPayload(changed), { provenance: bar.provenance });
}

/** A bar with a wrong value ends in the dead letters; what follows for its symbol is less certain. */
function checked({ payload }: Message, context: Context): Bar {
  try {
    return asBar(payload);
  } catch (error) {
    const symbol: unknown = typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'symbol') : undefined;
    if (typeof symbol === 'string') context.state.book.flag(symbol);
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
  const { dirty, book } = context.state;
  const symbols = [...dirty].filter((symbol) => isFollowed(symbol, context));
  dirty.clear();
  for (const symbol of symbols) {
    const features = book.get(symbol);
    if (features !== undefined) await context.bus.publish(topics.feature.update.of(symbol), featuresPayload(features), { provenance: features.provenance });
  }
}

function isFollowed(symbol: string, context: Context): boolean {
  const { followed, subscriptions } = context.state;
  return context.settings.publishAll || followed.has(symbol) || [...subscriptions.values()].some((subscription) => subscription.symbol === symbol);
}
