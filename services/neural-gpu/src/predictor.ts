/** Weight of the newest run. */
const NEWEST = 0.2;

/** Expected run time of tasks from those that ran: an exponential mean of milliseconds per byte of input, per kind. */
export class Predictor {
  readonly #msPerByte = new Map<string, number>();

  /** 0 for a kind that has not run yet: it is tried rather than refused. */
  predict(kind: string, byteLength: number): number {
    return (this.#msPerByte.get(kind) ?? 0) * Math.max(1, byteLength);
  }

  learn(kind: string, byteLength: number, durationMs: number): void {
    const rate = durationMs / Math.max(1, byteLength);
    const before = this.#msPerByte.get(kind);
    this.#msPerByte.set(kind, before === undefined ? rate : before + NEWEST * (rate - before));
  }
}
