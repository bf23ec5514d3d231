/** NaN when there are none. */
export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

/** Of sorted values, the one at rank ⌊q·n⌋. */
export function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

/** Pair by pair, so that a slow moment of the machine meets both. */
export function medianRatio(measured: readonly number[], control: readonly number[]): number {
  return median(measured.map((value, run) => value / (control[run] ?? NaN)));
}

/** Median and range as text. */
export function spread(values: readonly number[], show: (value: number) => string): string {
  return `${show(median(values))} (${show(Math.min(...values))} to ${show(Math.max(...values))})`;
}

export const perSecond = (rate: number): string => `${Math.round(rate).toLocaleString('en-US')}/s`;
export const milliseconds = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : 1)} ms`;
export const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;
