export interface QuoteLagState {
  readonly mids: readonly { readonly timeMs: number; readonly mid: number | undefined }[];
}

/** The mid that stood a fixed time ago; for trades that are reported later than the quotes that they met (Lee & Ready 1991). */
export class QuoteLag {
  readonly #lagMs: number;
  #mids: { timeMs: number; mid: number | undefined }[] = [];

  constructor(lagMs: number) {
    this.#lagMs = lagMs;
  }

  /** `mid` stands from this time on; undefined where there is none. */
  add(timeMs: number, mid: number | undefined): void {
    if (this.#lagMs > 0) this.#mids.push({ timeMs, mid });
  }

  /** Of the time `timeMs` less the lag; `current` without a lag. Times must not fall. */
  at(timeMs: number, current: number | undefined): number | undefined {
    if (this.#lagMs === 0) return current;
    const next = this.#mids.findIndex((one) => one.timeMs > timeMs - this.#lagMs);
    const standing = next === -1 ? this.#mids.length - 1 : next - 1;
    if (standing > 0) this.#mids.splice(0, standing);
    return standing < 0 ? undefined : this.#mids[0]?.mid;
  }

  snapshot(): QuoteLagState {
    return { mids: this.#mids.map((one) => ({ ...one })) };
  }

  restore({ mids }: QuoteLagState): void {
    this.#mids = mids.map((one) => ({ ...one }));
  }
}
