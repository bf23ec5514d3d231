/** Readers for values that came over the wire: the expected type, or null. Never throw. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** ISO 8601 → milliseconds since the epoch. */
export function isoMillis(value: unknown): number | null {
  return typeof value === 'string' ? number(Date.parse(value)) : null;
}

/** Nanoseconds since the epoch, as digits or a number → milliseconds (fraction kept). */
export function nanosMillis(value: unknown): number | null {
  if (typeof value === 'string' && /^\d+$/.test(value)) return Number(BigInt(value) / 1000n) / 1000;
  const nanos = number(value);
  return nanos === null ? null : nanos / 1e6;
}

/** The fields of an object that are a text, a finite number or a truth value, in their order. */
export function plainFields(value: unknown): readonly (readonly [string, string | number | boolean])[] {
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, field]) => {
    const read = typeof field === 'boolean' ? field : (text(field) ?? number(field));
    return read === null ? [] : [[name, read] as const];
  });
}
