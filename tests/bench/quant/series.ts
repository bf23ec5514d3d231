import { SeededRandom } from '@nautilus/quant';

/** Bars as columns, prices a random walk around 100. */
export interface Bars {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

export function barsOf(seed: number, length: number): Bars {
  const random = new SeededRandom(seed);
  const column = (): Float64Array => new Float64Array(length);
  const bars: Bars = { open: column(), high: column(), low: column(), close: column(), volume: column() };
  let price = 100;
  for (let i = 0; i < length; i++) {
    const open = price;
    price = 100 + 0.999 * (price * Math.exp(0.01 * random.normal()) - 100);
    bars.open[i] = open;
    bars.close[i] = price;
    bars.high[i] = Math.max(open, price) * (1 + 0.003 * random.uniform());
    bars.low[i] = Math.min(open, price) * (1 - 0.003 * random.uniform());
    bars.volume[i] = 1e5 * (0.5 + random.exponential());
  }
  return bars;
}

/** CPU time of this thread that `work` takes, in milliseconds: what others do on the same cores does not count. */
export function cpuMilliseconds(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/** Largest |a − b|/max(|b|, scale) over the places where the control has a value. @throws Error when one of them is missing. */
export function deviation(found: ArrayLike<number>, expected: ArrayLike<number>, scale: number, name: string): number {
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i] ?? NaN;
    if (Number.isNaN(wanted)) continue;
    const off = Math.abs((found[i] ?? NaN) - wanted) / Math.max(Math.abs(wanted), scale);
    if (!(off >= 0)) throw new Error(`${name} has no value at ${i}, so nothing was measured`);
    largest = Math.max(largest, off);
  }
  return largest;
}

/** @throws Error above the bound: a result that is not the control's has no speed. */
export function within(largest: number, bound: number, name: string): string {
  if (!(largest <= bound)) throw new Error(`${name} differs from its control by ${largest}, so nothing was measured`);
  return `${largest.toExponential(1)} from the control`;
}
