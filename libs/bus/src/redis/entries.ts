import type { Entry, Lane } from '../stream-server.ts';
import { decodeEntry } from './codec.ts';

/** Fields of an entry: data; attempts so far and not-before of a retried message. */
export const FIELD = { data: 'd', attempts: 'a', notBefore: 't' } as const;

export type RawEntry = readonly [id: Buffer, fields: readonly Buffer[] | null];

export function fieldsOf(flat: readonly Buffer[]): ReadonlyMap<string, Buffer> {
  const fields = new Map<string, Buffer>();
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [name, value] = [flat[i], flat[i + 1]];
    if (name !== undefined && value !== undefined) fields.set(name.toString(), value);
  }
  return fields;
}

/** `deliveries` of the entry itself, this one included. Bytes that are no entry come out with a problem. */
export function entryFrom(lane: Lane, [id, flat]: RawEntry, deliveries: number): Entry {
  const fields = fieldsOf(flat ?? []);
  const data = fields.get(FIELD.data);
  const base = {
    lane,
    id: id.toString(),
    attempts: Number(fields.get(FIELD.attempts) ?? 0) + deliveries,
    notBefore: Number(fields.get(FIELD.notBefore) ?? 0),
  };
  if (data === undefined) return { ...base, messages: undefined, problem: 'entry without data' };
  try {
    return { ...base, messages: decodeEntry(data) };
  } catch (error) {
    return { ...base, messages: undefined, raw: data, problem: error instanceof Error ? error.message : String(error) };
  }
}
