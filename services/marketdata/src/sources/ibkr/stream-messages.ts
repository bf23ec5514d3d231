import { z } from 'zod';
import { jsonOf, shaped } from '../json-body.ts';
import { snapshotOf, type SnapshotRecord } from './snapshot.ts';

/** Keeps the WebSocket alive; due every minute. */
export const HEARTBEAT = 'tic';

/** Asks for the fields of a contract; each later message holds those that changed. */
export function subscribeText(conid: number, fields: readonly string[]): string {
  return `smd+${conid}+${JSON.stringify({ fields })}`;
}

export function unsubscribeText(conid: number): string {
  return `umd+${conid}+{}`;
}

export type StreamMessage =
  | { readonly topic: 'snapshot'; readonly update: SnapshotRecord }
  | { readonly topic: 'heartbeat'; readonly at: number | null }
  | { readonly topic: 'session'; readonly authenticated: boolean | null; readonly message: string | null }
  | { readonly topic: 'error'; readonly message: string; readonly code: number | null }
  /** Bulletins, notices, account data: nothing of the market. */
  | { readonly topic: 'other'; readonly name: string };

const text = z.string().nullish();
const message = z.object({
  topic: text, error: text, code: z.number().nullish(), message: text, hb: z.number().nullish(), success: text, conid: z.int().nullish(),
  args: z.object({ authenticated: z.boolean().nullish(), message: text }).loose().nullish(),
}).loose();

/** One frame of the WebSocket. @throws MalformedError for a frame that is no message */
export function readStreamMessage(frame: string): StreamMessage {
  const read = shaped(jsonOf({ body: frame }), message);
  if (typeof read.error === 'string') return { topic: 'error', message: read.error, code: read.code ?? null };
  const topic = read.topic ?? '';
  const subscribed = /^smd\+(\d+)$/.exec(topic)?.[1];
  if (subscribed !== undefined) return { topic: 'snapshot', update: snapshotOf(read.conid ?? Number(subscribed), read) };
  switch (topic) {
    case 'system': return read.success === undefined || read.success === null ? { topic: 'heartbeat', at: read.hb ?? null } : { topic: 'session', authenticated: null, message: null };
    case 'tic': return { topic: 'heartbeat', at: null };
    case 'sts': return { topic: 'session', authenticated: read.args?.authenticated ?? null, message: read.args?.message ?? null };
    case '': return { topic: 'session', authenticated: read.message === 'waiting for session' ? false : null, message: read.message ?? null };
    default: return { topic: 'other', name: topic };
  }
}

/** The state of a contract after an update, which names only what changed. A price that trades again loses its state. */
export function merged(before: SnapshotRecord | undefined, update: SnapshotRecord): SnapshotRecord {
  if (before === undefined) return update;
  const kept = Object.entries(before.states).filter(([name]) => !(name in update.values));
  return {
    ...update, isReady: before.isReady || update.isReady, updatedAt: update.updatedAt ?? before.updatedAt,
    values: { ...before.values, ...update.values }, states: { ...Object.fromEntries(kept), ...update.states }, availability: update.availability ?? before.availability,
  };
}
