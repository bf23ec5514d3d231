import { z } from 'zod';
import { isTopic } from './topic-match.ts';
import { isoFromMs, msFromIso, type EpochMs } from './time.ts';
import { PRIORITIES, type Priority } from './priority.ts';
import { PROVENANCES, type Provenance } from './provenance.ts';

/**
 * The envelope of everything that travels on a bus (contract.md, section 4.5). Inside the process times are
 * milliseconds; `toWire` gives the published JSON form with ISO times. Messages are immutable.
 */
export interface Message<P = unknown> {
  /** UUIDv7. Handlers are idempotent on it. */
  readonly message_id: string;
  readonly message_type: string;
  readonly topic: string;
  readonly priority: Priority;
  readonly source_engine: string;
  readonly source_instance: string;
  /** Empty: whoever subscribes to the topic. */
  readonly target_engines: readonly string[];
  readonly payload: P;
  readonly timestamp: EpochMs;
  readonly expiry_timestamp: EpochMs | null;
  readonly processing_deadline: EpochMs | null;
  readonly correlation_id: string | null;
  readonly reply_to: string | null;
  readonly version: number;
  readonly routing_history: readonly string[];
  readonly processing_time_ms: number | null;
  readonly provenance: Provenance;
  readonly mirrored_from: string | null;
  readonly replayed: boolean;
  readonly traceparent: string | null;
}

export const MESSAGE_VERSION = 1;

const isoTime = z.string().transform((text, context): EpochMs => {
  const ms = msFromIso(text);
  if (ms === undefined) {
    context.addIssue({ code: 'custom', message: 'not an ISO 8601 time with an offset' });
    return z.NEVER;
  }
  return ms;
});

/** Parses the published JSON form into a Message. */
export const messageSchema = z.object({
  message_id: z.string().min(1),
  message_type: z.string().min(1),
  topic: z.string().refine(isTopic, 'not a topic'),
  priority: z.enum(PRIORITIES),
  source_engine: z.string().min(1),
  source_instance: z.string(),
  target_engines: z.array(z.string()).default([]),
  payload: z.unknown(),
  timestamp: isoTime,
  expiry_timestamp: isoTime.nullable().default(null),
  processing_deadline: isoTime.nullable().default(null),
  correlation_id: z.string().nullable().default(null),
  reply_to: z.string().nullable().default(null),
  version: z.int().positive(),
  routing_history: z.array(z.string()).default([]),
  processing_time_ms: z.number().nullable().default(null),
  provenance: z.enum(PROVENANCES),
  mirrored_from: z.string().nullable().default(null),
  replayed: z.boolean().default(false),
  traceparent: z.string().nullable().default(null),
});

/** The published JSON form, not yet turned into text: pass it to `wireJson`. */
export function toWire(message: Message): Record<string, unknown> {
  const iso = (ms: EpochMs | null): string | null => (ms === null ? null : isoFromMs(ms));
  return {
    ...message,
    timestamp: isoFromMs(message.timestamp),
    expiry_timestamp: iso(message.expiry_timestamp),
    processing_deadline: iso(message.processing_deadline),
  };
}
