import { VpinStream, type VpinStreamParameters, type VpinStreamState } from './vpin-stream.ts';

export interface VenueToxicityRules {
  /** Those of the consolidated stream; its bucket volume is scaled by each venue's share. */
  readonly vpin: Partial<VpinStreamParameters> & Pick<VpinStreamParameters, 'bucketVolume'>;
}

export interface VenueFigures {
  readonly venues: readonly { readonly venue: string; readonly share: number; readonly vpin: number | null; readonly buckets: number; readonly bucketVolume: number }[];
  /** Largest less smallest VPIN of venues with a share of at least 5 %; undefined below two of them. */
  readonly dispersion: number | undefined;
}

export interface VenueToxicityState {
  readonly volumes: readonly (readonly [venue: string, volume: number])[];
  readonly streams: readonly { readonly venue: string; readonly bucketVolume: number; readonly state: VpinStreamState }[];
  readonly total: number;
  readonly begun: boolean;
}

const LEAST_SHARE = 0.05;

/**
 * VPIN on the trades of each venue, its buckets scaled by the venue's share of the volume. Shares are those of the first
 * consolidated bucket's volume; venues below 5 % then get no stream. Undefined until that much traded.
 */
export class VenueToxicity {
  readonly #rules: VenueToxicityRules;
  readonly #volumes = new Map<string, number>();
  readonly #streams = new Map<string, VpinStream>();
  #total = 0;
  #begun = false;

  constructor(rules: VenueToxicityRules) {
    this.#rules = rules;
  }

  add(timeMs: number, price: number, size: number, venue: string): void {
    this.#volumes.set(venue, (this.#volumes.get(venue) ?? 0) + size);
    this.#total += size;
    this.#streams.get(venue)?.update(timeMs, price, size);
    if (!this.#begun && this.#total >= this.#rules.vpin.bucketVolume) this.#begin();
  }

  snapshot(): VenueToxicityState {
    const streams = [...this.#streams].map(([venue, stream]) => ({ venue, bucketVolume: stream.parameters.bucketVolume, state: stream.snapshot() }));
    return { volumes: [...this.#volumes], streams, total: this.#total, begun: this.#begun };
  }

  restore({ volumes, streams, total, begun }: VenueToxicityState): void {
    for (const [venue, volume] of volumes) this.#volumes.set(venue, volume);
    for (const { venue, bucketVolume, state } of streams) this.#streams.set(venue, VpinStream.restore({ ...this.#rules.vpin, bucketVolume }, state));
    this.#total = total;
    this.#begun = begun;
  }

  read(): VenueFigures {
    const venues = [...this.#streams].map(([venue, stream]) => ({
      venue, share: (this.#volumes.get(venue) ?? 0) / this.#total, vpin: stream.vpin(), buckets: stream.closedBuckets, bucketVolume: stream.bucketVolume,
    }));
    const known = venues.filter(({ share, vpin }) => share >= LEAST_SHARE && vpin !== null).map(({ vpin }) => vpin ?? 0);
    return { venues, dispersion: known.length < 2 ? undefined : Math.max(...known) - Math.min(...known) };
  }

  #begin(): void {
    this.#begun = true;
    for (const [venue, volume] of this.#volumes) {
      const share = volume / this.#total;
      if (share >= LEAST_SHARE) this.#streams.set(venue, new VpinStream({ ...this.#rules.vpin, bucketVolume: this.#rules.vpin.bucketVolume * share }));
    }
  }
}
