import type { BusName } from '@nautilus/model';
import type { DeadLetter } from '../bus.ts';
import { decodeEntry, encodeEntry } from './codec.ts';
import { fieldsOf, type RawEntry } from './entries.ts';

/** A dead letter as fields of a stream entry. */
export function letterFields(letter: Omit<DeadLetter, 'id'>): (string | number | Buffer)[] {
  const fields: (string | number | Buffer)[] = ['group', letter.group, 'reason', letter.reason, 'attempts', letter.attempts, 'failedAt', letter.failedAt];
  if (letter.message !== undefined) fields.push('message', encodeEntry([letter.message]));
  if (letter.raw !== undefined) fields.push('raw', letter.raw);
  return fields;
}

export function letterFrom(bus: BusName, [id, flat]: RawEntry): DeadLetter {
  const fields = fieldsOf(flat ?? []);
  const text = (name: string): string => fields.get(name)?.toString() ?? '';
  const bytes = fields.get('message');
  const message = bytes === undefined ? undefined : decodeEntry(bytes)[0];
  return {
    id: id.toString(),
    bus,
    group: text('group'),
    reason: text('reason'),
    attempts: Number(text('attempts')),
    failedAt: Number(text('failedAt')),
    ...(message === undefined ? {} : { message }),
    ...(fields.has('raw') ? { raw: text('raw') } : {}),
  };
}
