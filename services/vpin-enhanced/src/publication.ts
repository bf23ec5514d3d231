import { topics, type VpinReading } from '@nautilus/model';
import type { FlashCrashLevel, FlashCrashMoment } from '@nautilus/quant';
import { stableId, vpinReadingMessage } from '@nautilus/vpin';
import type { Context } from './context.ts';
import type { SymbolEntry } from './symbol-board.ts';
import { enhancedMessage, riskOf, type Enhanced, type FlashCrashAlert, type PinEstimate } from './wire.ts';

/** What a result is about: computed again from the same events it is the same message. */
type About = readonly (string | number)[];

const idOf = (topic: string, { runId }: SymbolEntry, about: About, { engine }: Context): string => stableId(engine.engine, topic, runId, ...about);

/** To the clients of this engine's own sockets alone: the VPIN engine publishes its readings itself. */
export function showReading(reading: VpinReading, entry: SymbolEntry, context: Context): void {
  const book = context.state.vpin.books.get(entry.symbol);
  if (book === undefined) return;
  const topic = topics.vpin.calculation.of(entry.symbol);
  show(topic, vpinReadingMessage(reading, book), idOf(topic, entry, [reading.series, reading.bucketId, reading.endMs], context), context);
}

function show(topic: string, data: object, messageId: string, context: Context): void {
  context.state.vpin.hub.publish({ topic, data, messageId, timestamp: context.clock.now(), priority: 'NORMAL' });
}

/** Queues the figures as they stand. */
export function publishEnhanced(
  entry: SymbolEntry, trigger: Enhanced['trigger'], about: About, context: Context, news: { readonly event?: FlashCrashAlert; readonly estimate?: PinEstimate } = {},
): Enhanced {
  const reading = context.state.vpin.books.get(entry.symbol)?.readings.at(-1);
  const message = enhancedMessage(entry, trigger, { vpin: reading?.vpin ?? null, percentile: reading?.percentile ?? null }, news);
  publish(topics.vpin.enhanced.of(entry.symbol), message, entry, [trigger, ...about], context);
  return message;
}

/** Each change of level is an event; an alert and its end also go out with the highest priority. */
export function publishFlashCrash(entry: SymbolEntry, moment: FlashCrashMoment, before: FlashCrashLevel, context: Context): void {
  const { level } = moment.state;
  const about = [moment.timeMs, level];
  const topic = topics.flashCrashAlert.of(entry.symbol);
  const event: FlashCrashAlert = {
    ...riskOf(entry.symbol, moment.timeMs, moment), id: idOf(topic, entry, about, context), message: wordsOf(moment, before), level_before: before, cleared: level !== 'alert', provenance: entry.provenance,
  };
  if (level === 'alert' || before === 'alert') {
    context.metrics.alerts.inc({ kind: level === 'alert' ? 'flash_crash' : 'flash_crash_cleared' });
    publish(topic, event, entry, about, context);
  }
  publishEnhanced(entry, 'flash_crash', about, context, { event });
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
export function publishToxicity(entry: SymbolEntry, message: Enhanced, context: Context): void {
  const { value, n, window } = message.measures.spread_toxicity ?? { value: null, n: 0, window: '' };
  const from = context.settings.toxicityAlert;
  if (value === null || n < FEWEST_TRADES) return;
  const [raised, cleared] = [!entry.standingToxicity && value >= from, entry.standingToxicity && value < from - HYSTERESIS];
  if (!raised && !cleared) return;
  entry.standingToxicity = raised;
  context.metrics.alerts.inc({ kind: raised ? 'toxicity' : 'toxicity_cleared' });
  const topic = topics.toxicityAlert.of(entry.symbol);
  const about = [message.timestamp, String(cleared)];
  const alert = {
    id: idOf(topic, entry, about, context), symbol: entry.symbol, timestamp: message.timestamp, severity: 'HIGH', measure: 'spread_toxicity', value, threshold: from, n, window,
    percentile: message.percentile, vpin_value: message.vpin_value, cleared, provenance: entry.provenance,
  };
  publish(topic, alert, entry, about, context);
}

function publish(topic: string, payload: object, entry: SymbolEntry, about: About, context: Context): void {
  const messageId = idOf(topic, entry, about, context);
  show(topic, payload, messageId, context);
  context.state.queue.add({ symbol: entry.symbol, topic, payload, messageId, provenance: entry.provenance });
}
