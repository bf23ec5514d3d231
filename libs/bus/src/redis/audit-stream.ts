import { TransientError, isoFromMs, wireJson, type BusName, type Message } from '@nautilus/model';
import type { BusAmbient } from '../bus.ts';
import { asBusError, connect, cutSilent, type RedisAddress } from './connection.ts';

/** Where the traffic of Engine Logic can be read by operators (contract.md, section 4.7). */
const STREAM = 'nautilus:engine_communication';
const CLIENT_NAME = 'nautilus-audit-bridge';
const PAYLOAD_BYTES = 4_096;
/** A server that keeps the connection and says nothing for this long is taken for lost. */
const SILENCE_MS = 5_000;

export interface AuditStreamOptions {
  /** The main Redis, not a bus. */
  readonly address: RedisAddress;
  /** About how many entries are kept; the oldest go first. */
  readonly maxLength: number;
  readonly ambient: BusAmbient;
}

/** The stream on the main Redis, over exactly one connection that comes back by itself. */
export interface AuditStream {
  readonly connected: boolean;
  readonly lastError: string | null;
  /** Appends all or none, in order. Rejects with TransientError while the server is away or silent. */
  write(messages: readonly Message[], bus: BusName): Promise<void>;
  close(): void;
}

export function createAuditStream({ address, maxLength, ambient }: AuditStreamOptions): AuditStream {
  const redis = connect(address, CLIENT_NAME, ambient);
  let lastError: string | null = null;
  redis.on('error', (error: Error) => void (lastError = error.message));
  redis.on('ready', () => void (lastError = null));
  return {
    get connected() {
      return redis.status === 'ready';
    },
    get lastError() {
      return lastError;
    },
    async write(messages, bus) {
      const transaction = redis.multi();
      for (const message of messages) transaction.xadd(STREAM, 'MAXLEN', '~', maxLength, '*', ...fieldsOf(message, bus));
      // Reconnecting fails what is on its way, so the wait below ends.
      const cancel = ambient.after(SILENCE_MS, () => cutSilent(redis));
      try {
        const answers = await transaction.exec();
        if (answers === null) throw new TransientError('the main Redis took none of the entries');
        for (const [error] of answers) if (error !== null) throw error;
      } catch (error) {
        throw asBusError(error, 'main');
      } finally {
        cancel();
      }
    },
    close: () => redis.disconnect(),
  };
}

/** Names and values in turn. What is absent is an empty text; `target_engines` are joined by commas. */
function fieldsOf(message: Message, bus: BusName): string[] {
  return Object.entries({
    message_id: message.message_id,
    message_type: message.message_type,
    topic: message.topic,
    priority: message.priority,
    source_engine: message.source_engine,
    target_engines: message.target_engines.join(','),
    bus,
    timestamp: isoFromMs(message.timestamp),
    correlation_id: message.correlation_id ?? '',
    payload: cut(wireJson(message.payload ?? null)),
  }).flat();
}

/** The first PAYLOAD_BYTES bytes in UTF-8, without half a character at the end. */
function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= PAYLOAD_BYTES) return text;
  let end = PAYLOAD_BYTES;
  // Continuation bytes begin with the bits 10: the character they belong to does not fit whole.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString();
}
