import { isoFromMs } from '@nautilus/model';

/** Times, when they are numbers. */
const TIMES = new Set(['time', 'start', 'acceptedAt', 'updatedAt', 'lastUpdated', 'checkedAt']);
/** Their names are data of the source, not ours. */
const VERBATIM = new Set(['values', 'dimensions', 'states']);

/** A record as it travels: names in snake case, times in ISO 8601. */
export function wireRecordOf(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [snake(name), wireValue(name, value)]));
}

function wireValue(name: string, value: unknown): unknown {
  if (typeof value === 'number' && TIMES.has(name)) return isoFromMs(value);
  if (VERBATIM.has(name) || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => (typeof item === 'object' && item !== null ? wireRecordOf(item) : item));
  return wireRecordOf(value);
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
