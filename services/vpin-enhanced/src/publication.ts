import { topics } from '@nautilus/model';
import type { FlashCrashLevel, FlashCrashMoment } from '@nautilus/quant';
import type { Context } from './context.ts';
import type { SymbolEntry } from './symbol-board.ts';
import { enhancedMessage, riskOf, type Enhanced, type FlashCrashAlert, type PinEstimate } from './wire.ts';

/** To the clients of this engine's own sockets. */
export function send(topic: string, data: object, context: Context, messageId = context.newId()): string {
  context.state.vpin.hub.publish({ topic, data, messageId, timestamp: context.clock.now(), priority: 'NORMAL' });
  return messageId;
}

/** The message is made at once, so that later events do not change it; `sent` ends when the bus has taken it. */
export function publishEnhanced(
  entry: SymbolEntry, trigger: Enhanced['trigger'], context: Context, news: { readonly event?: FlashCrashAlert; readonly estimate?: PinEstimate } = {},
): { readonly message: Enhanced; readonly mid: number | undefined; readonly sent: Promise<void> } {
  const book = context.state.vpin.books.get(entry.symbol);
  const reading = book?.readings.at(-1);
  const message = enhancedMessage(entry, trigger, { vpin: reading?.vpin ?? null, percentile: reading?.percentile ?? null }, news);
  return { message, mid: entry.stream.mid, sent: publish(topics.vpin.enhanced.of(entry.symbol), message, entry, context) };
}

/** Each change of level is an event; an alert and its end also go out with the highest priority. */
export async function publishFlashCrash(entry: SymbolEntry, moment: FlashCrashMoment, before: FlashCrashLevel, context: Context): Promise<void> {
  const { level } = moment.state;
  const event: FlashCrashAlert = { ...riskOf(entry.symbol, moment.timeMs, moment), id: context.newId(), message: wordsOf(moment, before), level_before: before, cleared: level !== 'alert', provenance: entry.provenance };
  if (level === 'alert' || before === 'alert') {
    context.metrics.alerts.inc({ kind: level === 'alert' ? 'flash_crash' : 'flash_crash_cleared' });
    await publish(topics.flashCrashAlert.of(entry.symbol), event, entry, context);
  }
  await publishEnhanced(entry, 'flash_crash', context, { event }).sent;
}

/** For people who read the alert and nothing else. */
function wordsOf({ state, score, inputs }: FlashCrashMoment, before: FlashCrashLevel): string {
  const fall = inputs.drop === undefined ? '' : `, mid ${(100 * inputs.drop).toFixed(2)} % below the highest of the last minute`;
  return `flash-crash risk ${score.score.toFixed(2)}${fall}: ${before} → ${state.level}`;
}

/** A spread that is mostly impact says that makers lose to the informed; fewer trades than this say nothing. */
const FEWEST_TRADES = 30;
const HYSTERESIS = 0.1;

/** Raised at the set level of spread toxicity, cleared 0.1 below. */
export async function publishToxicity(entry: SymbolEntry, message: Enhanced, context: Context): Promise<void> {
  const { value, n, window } = message.measures.spread_toxicity ?? { value: null, n: 0, window: '' };
  const from = context.settings.toxicityAlert;
  if (value === null || n < FEWEST_TRADES) return;
  const [raised, cleared] = [!entry.standingToxicity && value >= from, entry.standingToxicity && value < from - HYSTERESIS];
  if (!raised && !cleared) return;
  entry.standingToxicity = raised;
  context.metrics.alerts.inc({ kind: raised ? 'toxicity' : 'toxicity_cleared' });
  const alert = {
    id: context.newId(), symbol: entry.symbol, timestamp: message.timestamp, severity: 'HIGH', measure: 'spread_toxicity', value, threshold: from, n, window,
    percentile: message.percentile, vpin_value: message.vpin_value, cleared, provenance: entry.provenance,
  };
  await publish(topics.toxicityAlert.of(entry.symbol), alert, entry, context);
}

async function publish(topic: string, data: object, entry: SymbolEntry, context: Context): Promise<void> {
  const messageId = send(topic, data, context);
  await context.bus.publish(topic, data, { messageId, provenance: entry.provenance });
}
