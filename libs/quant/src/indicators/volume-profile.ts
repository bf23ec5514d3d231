import { RollingExtreme } from '../statistics/rolling-extreme.ts';
import { Delay } from './composed.ts';
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
 * with more volume until it holds 70 %. Undefined before n bars and when nothing traded. Costs n bars times the bins
 * that one touches: every new extreme moves all bins.
 */
export class VolumeProfile implements Indicator<PriceBar, VolumeProfileValue, readonly PriceBar[]> {
  readonly #n: number;
  readonly #highs: Delay;
  readonly #lows: Delay;
  readonly #closes: Delay;
  readonly #volumes: Delay;
  readonly #highest: RollingExtreme;
  readonly #lowest: RollingExtreme;
  readonly #bins: Float64Array;

  constructor(n: number, bins = 50) {
    this.#n = checkLength(n);
    this.#bins = new Float64Array(checkLength(bins));
    [this.#highs, this.#lows, this.#closes, this.#volumes] = [new Delay(n), new Delay(n), new Delay(n), new Delay(n)];
    this.#highest = new RollingExtreme(n, 'highest');
    this.#lowest = new RollingExtreme(n, 'lowest');
  }

  update(bar: PriceBar): VolumeProfileValue | undefined {
    checkBar(bar);
    this.#add(bar);
    const high = this.#highest.extreme() ?? 0;
    const low = this.#lowest.extreme() ?? 0;
    if (!this.#volumes.full) return undefined;
    let total = 0;
    for (let age = this.#n - 1; age >= 0; age--) total += this.#volumes.back(age) ?? 0;
    if (total === 0) return undefined;
    if (high === low) return { pointOfControl: low, valueAreaLow: low, valueAreaHigh: high };
    const width = (high - low) / this.#bins.length;
    const top = this.#fill(low, width);
    const [from, to] = valueArea(this.#bins, top, VALUE_AREA * total);
    return { pointOfControl: low + (top + 0.5) * width, valueAreaLow: low + from * width, valueAreaHigh: low + (to + 1) * width };
  }

  snapshot(): readonly PriceBar[] {
    const [highs, lows, closes, volumes] = [this.#highs, this.#lows, this.#closes, this.#volumes].map((line) => line.snapshot());
    return (highs ?? []).map((high, i) => ({ high, low: lows?.[i] ?? 0, close: closes?.[i] ?? 0, volume: volumes?.[i] ?? 0 }));
  }

  restore(state: readonly PriceBar[]): void {
    for (const line of [this.#highs, this.#lows, this.#closes, this.#volumes]) line.restore([]);
    for (const extreme of [this.#highest, this.#lowest]) extreme.restore({ position: 0, positions: [], values: [] });
    for (const bar of state) this.#add(bar);
  }

  #add(bar: PriceBar): void {
    this.#highs.push(bar.high);
    this.#lows.push(bar.low);
    this.#closes.push(bar.close);
    this.#volumes.push(bar.volume);
    this.#highest.add(bar.high);
    this.#lowest.add(bar.low);
  }

  /** Puts the volume into the bins, oldest bar first, and says which holds most, the lowest on ties. */
  #fill(low: number, width: number): number {
    const bins = this.#bins;
    const most = bins.length - 1;
    bins.fill(0);
    for (let age = this.#n - 1; age >= 0; age--) {
      const first = Math.min(most, Math.floor(((this.#lows.back(age) ?? 0) - low) / width));
      const last = Math.min(most, Math.floor(((this.#highs.back(age) ?? 0) - low) / width));
      const share = (this.#volumes.back(age) ?? 0) / (last - first + 1);
      for (let bin = first; bin <= last; bin++) bins[bin] = (bins[bin] ?? 0) + share;
    }
    let top = 0;
    for (let bin = 1; bin <= most; bin++) if ((bins[bin] ?? 0) > (bins[top] ?? 0)) top = bin;
    return top;
  }
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
