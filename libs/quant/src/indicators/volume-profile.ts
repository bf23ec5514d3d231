import { checkBar, checkLength, type Indicator, type PriceBar } from './indicator.ts';

/** Share of the volume that the value area holds. */
const VALUE_AREA = 0.7;

export interface VolumeProfileValue {
  /** Price in the middle of the bin with the most volume. */
  readonly pointOfControl: number;
  readonly valueAreaLow: number;
  readonly valueAreaHigh: number;
}

/**
 * Volume by price over the last n bars in equal bins between their lowest low and highest high; a bar's volume is
 * spread evenly over the bins that its range touches. The value area grows from the point of control to the side
 * with more volume until it holds 70 %. Undefined before n bars and when nothing traded.
 */
export class VolumeProfile implements Indicator<PriceBar, VolumeProfileValue, readonly PriceBar[]> {
  readonly #n: number;
  readonly #bins: number;
  #bars: PriceBar[] = [];

  constructor(n: number, bins = 50) {
    this.#n = checkLength(n);
    this.#bins = checkLength(bins);
  }

  update(bar: PriceBar): VolumeProfileValue | undefined {
    checkBar(bar);
    this.#bars.push(bar);
    if (this.#bars.length > this.#n) this.#bars.shift();
    return this.#bars.length < this.#n ? undefined : profileOf(this.#bars, this.#bins);
  }

  snapshot(): readonly PriceBar[] {
    return this.#bars.map(({ high, low, close, volume }) => ({ high, low, close, volume }));
  }

  restore(state: readonly PriceBar[]): void {
    this.#bars = [...state];
  }
}

function profileOf(bars: readonly PriceBar[], bins: number): VolumeProfileValue | undefined {
  const low = Math.min(...bars.map((bar) => bar.low));
  const high = Math.max(...bars.map((bar) => bar.high));
  const total = bars.reduce((sum, bar) => sum + bar.volume, 0);
  if (total === 0) return undefined;
  if (high === low) return { pointOfControl: low, valueAreaLow: low, valueAreaHigh: high };
  const width = (high - low) / bins;
  const binOf = (price: number): number => Math.min(bins - 1, Math.floor((price - low) / width));
  const volume = new Float64Array(bins);
  for (const bar of bars) {
    const [first, last] = [binOf(bar.low), binOf(bar.high)];
    for (let bin = first; bin <= last; bin++) volume[bin] = (volume[bin] ?? 0) + bar.volume / (last - first + 1);
  }
  const top = volume.indexOf(Math.max(...volume));
  const [from, to] = valueArea(volume, top, VALUE_AREA * total);
  return { pointOfControl: low + (top + 0.5) * width, valueAreaLow: low + from * width, valueAreaHigh: low + (to + 1) * width };
}

function valueArea(volume: Float64Array, top: number, wanted: number): readonly [number, number] {
  let [from, to, held] = [top, top, volume[top] ?? 0];
  while (held < wanted && (from > 0 || to < volume.length - 1)) {
    const below = from > 0 ? (volume[from - 1] ?? 0) : -1;
    const above = to < volume.length - 1 ? (volume[to + 1] ?? 0) : -1;
    if (above >= below) held += volume[++to] ?? 0;
    else held += volume[--from] ?? 0;
  }
  return [from, to];
}
