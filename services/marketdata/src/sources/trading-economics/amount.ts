export interface Amount {
  /** In units: `178K` is 178,000, `3.2%` is 3.2, `$-67.4B` is -67,400,000,000. */
  readonly value: number;
  /** `%`, a currency sign or a letter code as written; null without one. */
  readonly unit: string | null;
  /** As the calendar shows it. */
  readonly text: string;
}

const POWERS: Readonly<Record<string, number>> = { K: 3, M: 6, B: 9, T: 12 };
const FORM = /^(?<currency>[$€£¥]|[A-Z]{1,3}\$|[A-Z]{3}\s?)?(?<sign>[+-]?)(?<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)\s?(?<scale>[KMBT])?(?<percent>%)?®?$/;

/**
 * Actual, Previous and Forecast of the calendar are text for the eye. Null: nothing was said. Undefined: text that is no amount.
 * `®` marks a revised value.
 */
export function readAmount(raw: unknown): Amount | null | undefined {
  if (raw === null || raw === undefined) return null;
  if (typeof raw === 'number') return Number.isFinite(raw) ? { value: raw, unit: null, text: String(raw) } : undefined;
  if (typeof raw !== 'string') return undefined;
  const text = raw.trim();
  if (text === '' || text === 'N/A' || text === '-') return null;
  // The sign may stand before the currency or after it.
  const leading = /^([+-])([^\d.].*)$/.exec(text);
  const groups = FORM.exec(leading?.[2] ?? text)?.groups;
  if (groups === undefined) return undefined;
  const { currency, sign = '', digits = '', scale, percent } = groups;
  if (leading !== null && sign !== '') return undefined;
  const power = POWERS[scale ?? ''] ?? 0;
  return { value: Number(`${leading?.[1] ?? sign}${digits.replaceAll(',', '')}e${power}`), unit: percent ?? currency?.trim() ?? null, text };
}
