import type { FieldKind } from './fields.ts';

export type PriceState = 'close' | 'halted';

export type FieldValue =
  | { readonly value: number | null; readonly state?: PriceState }
  | { readonly value: string | boolean | null };

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const FACTORS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, B: 1e9, T: 1e12 };
const PREFIXES: Readonly<Record<string, PriceState>> = { C: 'close', H: 'halted' };
/** What the gateway writes where it has no number. */
const ABSENT = new Set(['', 'N/A', 'n/a', '-', '--']);

/**
 * One value of a snapshot. A price with the prefix C is the close of the previous day, with H the last one before a halt; sizes and
 * volumes are spelt out (`1.2M` is 1,200,000); a percent is the number before the sign. Undefined: neither a value of this kind nor a mark of absence.
 */
export function readField(kind: FieldKind, raw: unknown): FieldValue | undefined {
  if (raw === null) return { value: null };
  if (typeof raw === 'boolean') return kind === 'flag' ? { value: raw } : undefined;
  if (typeof raw === 'number') return readNumber(kind, raw);
  if (typeof raw !== 'string') return undefined;
  const text = raw.trim();
  if (kind === 'text') return { value: text === '' ? null : text };
  if (ABSENT.has(text)) return { value: null };
  switch (kind) {
    case 'price': return readPrice(text);
    case 'number': return wrap(plainNumber(text));
    case 'magnitude': return wrap(magnitude(text));
    case 'percent': return wrap(plainNumber(text.replace(/%$/, '')));
    case 'flag': return text === '1' || text === 'true' ? { value: true } : text === '0' || text === 'false' ? { value: false } : undefined;
  }
}

function readNumber(kind: FieldKind, raw: number): FieldValue | undefined {
  if (!Number.isFinite(raw)) return undefined;
  if (kind === 'text') return { value: String(raw) };
  if (kind === 'flag') return raw === 0 || raw === 1 ? { value: raw === 1 } : undefined;
  return { value: raw };
}

function readPrice(text: string): FieldValue | undefined {
  const state = PREFIXES[text[0] ?? ''];
  const rest = state === undefined ? text : text.slice(1).trim();
  if (state !== undefined && rest === '') return { value: null, state };
  const value = plainNumber(rest);
  if (value === undefined) return undefined;
  return state === undefined ? { value } : { value, state };
}

/** Thousands may be grouped by commas, as in `1,234.50`; a comma elsewhere is an error. */
function plainNumber(text: string): number | undefined {
  const ungrouped = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(text) ? text.replaceAll(',', '') : text;
  return NUMBER.test(ungrouped) ? Number(ungrouped) : undefined;
}

/** The factor is put into the decimal text: `1.001K` is 1001 exactly, which a multiplication would not promise. */
function magnitude(text: string): number | undefined {
  const suffix = /[KMBT]$/.exec(text)?.[0] ?? '';
  const factor = FACTORS[suffix] ?? 1;
  const base = plainNumber(text.slice(0, text.length - suffix.length).trim());
  if (base === undefined || factor === 1) return base;
  const digits = String(base);
  return digits.includes('e') ? base * factor : Number(`${digits}e${Math.log10(factor)}`);
}

function wrap(value: number | undefined): FieldValue | undefined {
  return value === undefined ? undefined : { value };
}
