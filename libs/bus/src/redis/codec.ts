import { Packr } from 'msgpackr';
import { CorruptDataError, PRIORITIES, type Message, type Provenance } from '@nautilus/model';

/**
 * An entry as bytes: one byte for the version, then msgpack with record definitions inside, so that an entry can be
 * read by itself. Field names of payloads are written once per entry, which makes 50 trades about half the size of
 * JSON; what all messages of an entry share (the publisher) is written once too. bigint stays bigint.
 *
 * A reader refuses a version that it does not know: the entry becomes a dead letter, never a guess.
 */
const VERSION = 1;

const packr = new Packr({ useRecords: true, int64AsType: 'bigint' });

/** [message id, topic, type, priority's rank, timestamp, provenance, payload, what is seldom there] */
type Row = readonly [string, string, string, number, number, Provenance, unknown, Seldom | null];

/** Undefined stands for the envelope's null or empty. */
interface Seldom {
  readonly targets: readonly string[] | undefined;
  readonly expiry: number | undefined;
  readonly deadline: number | undefined;
  readonly correlation: string | undefined;
  readonly replyTo: string | undefined;
  readonly history: readonly string[] | undefined;
  readonly took: number | undefined;
  readonly mirrored: string | undefined;
  readonly replayed: boolean;
  readonly trace: string | undefined;
}

type Body = readonly [engine: string, instance: string, version: number, rows: readonly Row[]];

const NOBODY: readonly string[] = Object.freeze([]);

/** `messages` come from one publisher. */
export function encodeEntry(messages: readonly Message[]): Buffer {
  const [first] = messages;
  const body: Body = [first?.source_engine ?? '', first?.source_instance ?? '', first?.version ?? 0, messages.map(rowOf)];
  const packed = packr.pack(body);
  const bytes = Buffer.allocUnsafe(packed.length + 1);
  bytes[0] = VERSION;
  packed.copy(bytes, 1);
  return bytes;
}

/** Throws CorruptDataError for an unknown version or bytes that are no entry. */
export function decodeEntry(bytes: Uint8Array): readonly Message[] {
  if (bytes[0] !== VERSION) throw new CorruptDataError(`entry of unknown version ${bytes[0] ?? 'none'}`);
  let body: unknown;
  try {
    body = packr.unpack(bytes.subarray(1));
  } catch (error) {
    throw new CorruptDataError(`entry cannot be decoded: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isBody(body)) throw new CorruptDataError('entry has another shape than its version says');
  const [engine, instance, version, rows] = body;
  // Neighbours mostly have one topic; as one text it is hashed and compared once.
  let topic = '';
  return rows.map((row) => {
    if (row[1] !== topic) topic = row[1];
    return messageOf(engine, instance, version, topic, row);
  });
}

function isBody(body: unknown): body is Body {
  return (
    Array.isArray(body) && typeof body[0] === 'string' && Array.isArray(body[3]) &&
    body[3].every((row) => Array.isArray(row) && row.length === 8 && typeof row[0] === 'string' && typeof row[1] === 'string' && PRIORITIES[row[3] as number] !== undefined)
  );
}

function rowOf(m: Message): Row {
  return [m.message_id, m.topic, m.message_type, PRIORITIES.indexOf(m.priority), m.timestamp, m.provenance, m.payload, seldomOf(m)];
}

function seldomOf(m: Message): Seldom | null {
  const plain =
    m.correlation_id === null && m.expiry_timestamp === null && m.reply_to === null && m.target_engines.length === 0 &&
    m.processing_deadline === null && m.routing_history.length === 0 && m.processing_time_ms === null &&
    m.mirrored_from === null && !m.replayed && m.traceparent === null;
  if (plain) return null;
  return {
    targets: m.target_engines.length === 0 ? undefined : m.target_engines,
    expiry: m.expiry_timestamp ?? undefined,
    deadline: m.processing_deadline ?? undefined,
    correlation: m.correlation_id ?? undefined,
    replyTo: m.reply_to ?? undefined,
    history: m.routing_history.length === 0 ? undefined : m.routing_history,
    took: m.processing_time_ms ?? undefined,
    mirrored: m.mirrored_from ?? undefined,
    replayed: m.replayed,
    trace: m.traceparent ?? undefined,
  };
}

function messageOf(engine: string, instance: string, version: number, topic: string, row: Row): Message {
  const [id, , type, rank, timestamp, provenance, payload, seldom] = row;
  return {
    message_id: id,
    message_type: type,
    topic,
    priority: PRIORITIES[rank] ?? 'NORMAL',
    source_engine: engine,
    source_instance: instance,
    target_engines: seldom?.targets ?? NOBODY,
    payload,
    timestamp,
    expiry_timestamp: seldom?.expiry ?? null,
    processing_deadline: seldom?.deadline ?? null,
    correlation_id: seldom?.correlation ?? null,
    reply_to: seldom?.replyTo ?? null,
    version,
    routing_history: seldom?.history ?? NOBODY,
    processing_time_ms: seldom?.took ?? null,
    provenance,
    mirrored_from: seldom?.mirrored ?? null,
    replayed: seldom?.replayed ?? false,
    traceparent: seldom?.trace ?? null,
  };
}
