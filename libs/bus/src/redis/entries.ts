import type { Message } from '@nautilus/model';
import type { Entry, Lane } from '../stream-server.ts';
import { decodeEntry } from './codec.ts';

/** Fields of an entry: data and the topics in it; attempts so far and not-before of a retried message. */
export const FIELD = { data: 'd', topics: 'n', attempts: 'a', notBefore: 't' } as const;
/** Of an entry with more topics than this somebody wants one, mostly. */
const NAMED_TOPICS = 8;

export type RawEntry = readonly [id: Buffer, fields: readonly Buffer[] | null];

/** Field and value by which a reader sees whether it wants the entry at all; none for one of many topics. */
export function topicsField(messages: readonly Message[]): readonly string[] {
  const topics = new Set<string>();
  for (const { topic } of messages) {
    topics.add(topic);
    if (topics.size > NAMED_TOPICS) return [];
  }
  return [FIELD.topics, [...topics].join('\n')];
}

export function fieldsOf(flat: readonly Buffer[]): ReadonlyMap<string, Buffer> {
  const fields = new Map<string, Buffer>();
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [name, value] = [flat[i], flat[i + 1]];
    if (name !== undefined && value !== undefined) fields.set(name.toString(), value);
  }
  return fields;
}

/**
 * `deliveries` of the entry itself, this one included. Bytes are decoded when the messages are first asked for; those
 * that are no entry give none, and then a problem.
 */
export function entryFrom(lane: Lane, [id, flat]: RawEntry, deliveries: number): Entry {
  const fields = fieldsOf(flat ?? []);
  const raw = fields.get(FIELD.data);
  const topics = fields.get(FIELD.topics);
  let decoded: Decoded | undefined;
  const decode = (): Decoded => (decoded ??= decodeOrTell(raw));
  return {
    lane,
    id: id.toString(),
    attempts: Number(fields.get(FIELD.attempts) ?? 0) + deliveries,
    notBefore: Number(fields.get(FIELD.notBefore) ?? 0),
    ...(raw === undefined ? {} : { raw }),
    ...(topics === undefined ? {} : { topics: topics.toString().split('\n') }),
    get messages() {
      return decode().messages;
    },
    get problem() {
      return decode().problem ?? '';
    },
  };
}

interface Decoded {
  readonly messages: readonly Message[] | undefined;
  readonly problem?: string;
}

function decodeOrTell(raw: Buffer | undefined): Decoded {
  if (raw === undefined) return { messages: undefined, problem: 'entry without data' };
  try {
    return { messages: decodeEntry(raw) };
  } catch (error) {
    return { messages: undefined, problem: error instanceof Error ? error.message : String(error) };
  }
}
