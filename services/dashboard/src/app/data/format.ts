/** Figures and times as the page prints them. A missing figure is an en dash, never 0. */

const missing = '–';

const fixed = new Map<number, Intl.NumberFormat>();
function withDigits(digits: number): Intl.NumberFormat {
  let format = fixed.get(digits);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
    fixed.set(digits, format);
  }
  return format;
}
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 });

export function decimals(value: number | null | undefined, digits: number): string {
  return typeof value === 'number' ? withDigits(digits).format(value) : missing;
}

/** Four significant digits or so over the whole range that features have: 0.0001234, 12.35, 1,235, 12.35M. */
export function figure(value: number | null | undefined): string {
  if (typeof value !== 'number') return missing;
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100_000) return compact.format(value);
  if (size >= 1_000) return withDigits(1).format(value);
  if (size >= 10) return withDigits(2).format(value);
  if (size >= 0.01) return withDigits(4).format(value);
  return value.toExponential(2);
}

/** Counts and volumes: 812, 4,504, 92.62K, 1.2M. */
export function quantity(value: number | null | undefined): string {
  if (typeof value !== 'number') return missing;
  return Math.abs(value) >= 10_000 ? compact.format(value) : withDigits(0).format(value);
}

export function rate(value: number | null | undefined): string {
  if (typeof value !== 'number') return missing;
  return value >= 10_000 ? compact.format(value) : decimals(value, value < 10 ? 1 : 0);
}

export function percent(fraction: number | null | undefined, digits = 0): string {
  return typeof fraction === 'number' ? `${decimals(fraction * 100, digits)}%` : missing;
}

export function milliseconds(value: number | null | undefined): string {
  if (typeof value !== 'number') return missing;
  return value < 10 ? `${decimals(value, 1)} ms` : `${decimals(value, 0)} ms`;
}

/** 42 s, 5 m 03 s, 3 h 07 m, 2 d 04 h. */
export function span(seconds: number | null | undefined): string {
  if (typeof seconds !== 'number') return missing;
  const whole = Math.floor(seconds);
  const [d, h, m, s] = [Math.floor(whole / 86_400), Math.floor(whole / 3_600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  if (d > 0) return `${d} d ${two(h)} h`;
  if (h > 0) return `${h} h ${two(m)} m`;
  return m > 0 ? `${m} m ${two(s)} s` : `${s} s`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

export const zones = {
  exchange: { name: 'America/New_York', label: 'ET' },
  utc: { name: 'UTC', label: 'UTC' },
} as const;
export type ZoneKey = keyof typeof zones;

const zoned = new Map<string, Intl.DateTimeFormat>();
function inZone(zone: ZoneKey, kind: 'date' | 'time' | 'minute' | 'day'): Intl.DateTimeFormat {
  const key = `${zone} ${kind}`;
  let format = zoned.get(key);
  if (format === undefined) {
    const timeZone = zones[zone].name;
    const options: Record<typeof kind, Intl.DateTimeFormatOptions> = {
      date: { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' },
      time: { timeZone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
      minute: { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
      day: { timeZone, month: 'short', day: 'numeric' },
    };
    // Sweden writes dates as ISO 8601 does.
    format = new Intl.DateTimeFormat(kind === 'date' ? 'sv-SE' : 'en-US', options[kind]);
    zoned.set(key, format);
  }
  return format;
}

export function dateIn(ms: number, zone: ZoneKey): string {
  return inZone(zone, 'date').format(ms);
}
export function timeIn(ms: number, zone: ZoneKey): string {
  return inZone(zone, 'time').format(ms);
}
export function minuteIn(ms: number, zone: ZoneKey): string {
  return inZone(zone, 'minute').format(ms);
}
export function dayIn(ms: number, zone: ZoneKey): string {
  return inZone(zone, 'day').format(ms);
}
