/**
 * JSON as it leaves the process: bigint as digits, decimals as text (their own toJSON), NaN and infinities as null (that is
 * JSON's own rule), Map as object, Float64Array as array. One place, so that every edge agrees.
 */
export function wireJson(value: unknown): string {
  return JSON.stringify(value, replacer);
}

function replacer(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Map) return Object.fromEntries(value as Map<string, unknown>);
  if (value instanceof Set) return [...(value as Set<unknown>)];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Float64Array);
  return value;
}
