import { excerpt } from './json-body.ts';
import { MalformedError } from './source.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws MalformedError */
export function objectOf(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw new MalformedError(`${what} is no object`);
  return value;
}

/** @throws MalformedError */
export function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new MalformedError(`${what} is no list`);
  return value;
}

const PLAIN_NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * A number, or a text that is one; null for null, undefined, empty text and the given marks of absence.
 * @throws MalformedError for anything else: a wrong figure is worse than none
 */
export function numberOf(value: unknown, what: string, absent: readonly string[] = []): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string') {
    const text = value.trim();
    if (text === '' || absent.includes(text)) return null;
    const number = PLAIN_NUMBER.test(text) ? Number(text) : NaN;
    if (Number.isFinite(number)) return number;
  }
  throw new MalformedError(`${what} is no number: ${excerpt(String(value))}`);
}

/** Null when absent or empty. Numbers become texts: sources are not agreed on what an identifier is. @throws MalformedError */
export function textOf(value: unknown, what: string): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new MalformedError(`${what} is no text`);
}

/** @throws MalformedError when absent */
export function requiredText(value: unknown, what: string): string {
  const text = textOf(value, what);
  if (text === null) throw new MalformedError(`${what} is missing`);
  return text;
}

/** Days that were looked at: answers repeat a few thousand of them tens of thousands of times. */
const realDays = new Set<string>();
const MOST_DAYS = 20_000;

/** `YYYY-MM-DD` of a real day. @throws MalformedError */
export function dateOf(value: unknown, what: string): string {
  const text = requiredText(value, what).slice(0, 10);
  if (realDays.has(text)) return text;
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) throw new MalformedError(`${what} is no date: ${excerpt(text)}`);
  if (realDays.size >= MOST_DAYS) realDays.clear();
  realDays.add(text);
  return text;
}
