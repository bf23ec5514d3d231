import type { VpinBars } from './vpin-bars.ts';

/** Volume buckets as columns of equal length, in order. All but the last hold exactly the bucket volume. */
export interface VpinBuckets {
  readonly buyVolume: Float64Array;
  readonly sellVolume: Float64Array;
  /** |buy − sell| */
  readonly imbalance: Float64Array;
  readonly durationSeconds: Float64Array;
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  /** Null before bucket n. */
  readonly vpin: readonly (number | null)[];
}

export interface BucketRules {
  readonly bucketVolume: number;
  readonly sigma: number;
  readonly cdf: (z: number) => number;
  readonly sampleLength: number;
  readonly tradingHours: number;
}

/** Steps 5 to 8: pours bars into buckets, classifies each part by its bar's price change, averages imbalances. */
export function fillBuckets(bars: VpinBars, rules: BucketRules): VpinBuckets {
  const { bucketVolume: size, sigma, cdf } = rules;
  const count = completedBuckets(bars.totalVolume, size) + 1;
  const buyVolume = new Float64Array(count);
  const sellVolume = new Float64Array(count);
  const seconds = new Float64Array(count);
  let running = 0;
  let open = 0;
  for (let bar = 0; bar < bars.volume.length; bar++) {
    const volume = bars.volume[bar] ?? 0;
    if (volume === 0) {
      seconds[open] = (seconds[open] ?? 0) + bars.barSeconds;
      continue;
    }
    const bought = sigma > 0 ? cdf((bars.priceChange[bar] ?? 0) / sigma) : 0.5;
    const before = running;
    running += volume;
    const reached = completedBuckets(running, size);
    for (let bucket = open; bucket <= reached; bucket++) {
      const from = Math.max(before, bucket * size);
      const part = bucket === open ? Math.min(running, (open + 1) * size) - before : bucket === reached ? running - from : size;
      buyVolume[bucket] = (buyVolume[bucket] ?? 0) + part * bought;
      sellVolume[bucket] = (sellVolume[bucket] ?? 0) + part * (1 - bought);
      seconds[bucket] = (seconds[bucket] ?? 0) + (bars.barSeconds * part) / volume;
    }
    open = reached;
  }
  const imbalance = buyVolume.map((buy, i) => Math.abs(buy - (sellVolume[i] ?? 0)));
  return { buyVolume, sellVolume, imbalance, ...timesOf(seconds, bars.startMs, rules.tradingHours), vpin: averages(imbalance, rules.sampleLength, size) };
}

/**
 * Whole buckets in `volume`, with the sign of volume − k·size decided exactly: rounding of the product alone would
 * open or omit a bucket when the volume ends on a border, as it does for the last bar.
 */
function completedBuckets(volume: number, size: number): number {
  const k = Math.round(volume / size);
  if (k === 0) return 0;
  return exactDifferenceSign(volume, k, size) >= 0 ? k : k - 1;
}

/** Sign of a − k·b without rounding, by Dekker's splitting of the product into two doubles. */
function exactDifferenceSign(a: number, k: number, b: number): number {
  const product = k * b;
  const split = 134_217_729 * b;
  const high = split - (split - b);
  const low = b - high;
  const error = k * high - product + k * low;
  return Math.sign(a - product - error);
}

function timesOf(seconds: Float64Array, startMs: number, tradingHours: number): Pick<VpinBuckets, 'durationSeconds' | 'startMs' | 'endMs'> {
  const starts = new Float64Array(seconds.length);
  const ends = new Float64Array(seconds.length);
  let elapsed = 0;
  for (let i = 0; i < seconds.length; i++) {
    starts[i] = startMs + elapsed * 1000;
    elapsed += seconds[i] ?? 0;
    ends[i] = startMs + elapsed * 1000;
  }
  return { startMs: starts, endMs: ends, durationSeconds: seconds.map((s) => withinTradingHours(s, tradingHours)) };
}

/** Step 8: nights are taken out of a duration when trading takes fewer than 24 hours. */
function withinTradingHours(seconds: number, hours: number): number {
  if (hours >= 24) return seconds;
  const days = Math.floor(seconds / 86_400);
  return days * hours * 3_600 + ((seconds - days * 86_400) % ((24 - hours) * 3_600));
}

function averages(imbalance: Float64Array, n: number, size: number): (number | null)[] {
  return Array.from(imbalance, (_, i) => {
    // Rebuilt from its window instead of by removal: n is small, and VPIN must not drift.
    if (i < n - 1) return null;
    let window = 0;
    for (let j = i - n + 1; j <= i; j++) window += imbalance[j] ?? 0;
    return window / (n * size);
  });
}
