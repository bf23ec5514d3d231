import { matches, topics } from '@nautilus/model';
import type { Frame } from '@nautilus/client';
import { isoMillis, isRecord, number, text } from './read.ts';

type EventTone = 'info' | 'good' | 'warning' | 'critical';

export interface FeedEvent {
  readonly key: number;
  /** Event time where the message has one, else the time at which the server sent it. */
  readonly atMs: number;
  readonly tone: EventTone;
  readonly kind: string;
  readonly symbol: string | null;
  readonly text: string;
}

export type NewFeedEvent = Omit<FeedEvent, 'key'>;

const kinds = [
  { of: topics.toxicityAlert, kind: 'toxicity', tone: 'warning' },
  { of: topics.flashCrashAlert, kind: 'flash crash', tone: 'critical' },
  { of: topics.riskAlert, kind: 'risk', tone: 'critical' },
  { of: topics.marginAlert, kind: 'margin', tone: 'critical' },
  { of: topics.systemAlert, kind: 'system', tone: 'warning' },
  { of: topics.errorAlert, kind: 'error', tone: 'warning' },
  { of: topics.marketData.status, kind: 'feed', tone: 'info' },
] as const;

/** Patterns to subscribe to for the feed. */
export const feedTopics: readonly string[] = kinds.map(({ of }) => of.all);

/** The feed's line for a message, or `undefined` when the feed does not show its topic. */
export function feedEventOf(frame: Frame, nowMs: number): NewFeedEvent | undefined {
  const known = kinds.find(({ of }) => matches(of.all, frame.topic));
  if (known === undefined) return undefined;
  const data = isRecord(frame.data) ? frame.data : {};
  const atMs = isoMillis(data['timestamp']) ?? frame.atMs ?? nowMs;
  const symbol = text(data['symbol']);
  if (known.kind === 'toxicity') return { atMs, kind: known.kind, symbol, ...toxicity(data) };
  return { atMs, kind: known.kind, symbol, tone: known.tone, text: wordsOf(data, frame.topic) };
}

function toxicity(data: Record<string, unknown>): Pick<FeedEvent, 'tone' | 'text'> {
  const vpin = number(data['vpin_value']);
  const measure = text(data['measure']);
  const value = number(data['value']);
  const percentile = number(data['percentile']);
  const figures = [
    measure === null || value === null ? null : `${measure.replaceAll('_', ' ')} ${value.toFixed(2)}`,
    vpin === null ? null : `VPIN ${vpin.toFixed(3)}`,
    percentile === null ? null : `percentile ${(percentile * 100).toFixed(1)}`,
  ].filter((part) => part !== null);
  const cleared = data['cleared'] === true;
  const severity = text(data['severity']) ?? 'alert';
  return {
    tone: cleared ? 'good' : severity === 'URGENT' ? 'critical' : 'warning',
    text: [cleared ? 'cleared' : severity, ...figures].join(' · '),
  };
}

/** The sentence of an alert; failing that, its plain fields. */
function wordsOf(data: Record<string, unknown>, topic: string): string {
  for (const name of ['message', 'detail', 'reason', 'title']) {
    const words = text(data[name]);
    if (words !== null) return words;
  }
  const fields = Object.entries(data).filter(([, value]) => typeof value === 'string' || typeof value === 'number');
  return fields.length === 0 ? topic : fields.map(([name, value]) => `${name} ${String(value)}`).join(' · ');
}

/** Newest first, at most `limit`. */
export function withEvent(events: readonly FeedEvent[], event: FeedEvent, limit: number): readonly FeedEvent[] {
  return [event, ...events.slice(0, limit - 1)];
}
