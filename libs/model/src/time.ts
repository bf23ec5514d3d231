/**
 * Time as Nautilus carries it: a number of milliseconds for processing time, a bigint of nanoseconds for
 * event time, ISO 8601 text only at the edges. All are UTC since 1970-01-01.
 */

declare const msBrand: unique symbol;
declare const nsBrand: unique symbol;

/** Milliseconds since the epoch, UTC; may carry a fraction. */
export type EpochMs = number & { readonly [msBrand]?: never };
/** Nanoseconds since the epoch, UTC. Branded, so that a bigint of another unit is not taken for it. */
export type EpochNs = bigint & { readonly [nsBrand]: true };

/** The only way production code learns the time. The composition root supplies the real one. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. */
  now(): EpochMs;
  /** Milliseconds from an arbitrary start that never go backwards; for durations. */
  monotonic(): number;
}

const NS_PER_MS = 1_000_000n;

/** Whole milliseconds and the sub-millisecond part both survive. */
export function nsFromMs(ms: EpochMs): EpochNs {
  const whole = Math.floor(ms);
  return (BigInt(whole) * NS_PER_MS + BigInt(Math.round((ms - whole) * 1e6))) as EpochNs;
}

/** Loses what is below about 0.2 microseconds: a double has 53 bits. */
export function msFromNs(ns: EpochNs): EpochMs {
  return Number(ns / NS_PER_MS) + Number(ns % NS_PER_MS) / 1e6;
}

/** `2013-10-07T13:30:00.000Z`. Throws RangeError for a time that a Date cannot hold. */
export function isoFromMs(ms: EpochMs): string {
  return new Date(ms).toISOString();
}

export function isoFromNs(ns: EpochNs): string {
  return isoFromMs(Number(ns / NS_PER_MS));
}

/** `undefined` when the text is not an ISO 8601 time with an offset (`Z` or `±hh:mm`). */
export function msFromIso(text: string): EpochMs | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
