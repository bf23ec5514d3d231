import { asNautilusError, type Clock } from '@nautilus/model';
import type { Cluster } from './cluster.ts';

/** Calls `run` once after a delay; the result cancels it. */
type After = (delayMs: number, run: () => void) => () => void;

export interface LeaseOptions {
  readonly cluster: Pick<Cluster, 'readLease' | 'writeLease'>;
  readonly name: string;
  /** Who asks; unique among those who want the lease. */
  readonly holder: string;
  /** Others may take the lease when it was not renewed for this long. */
  readonly durationMs: number;
  readonly renewEveryMs: number;
  readonly clock: Clock;
  readonly after: After;
  /** From `acquired` on until `lost` this process is the only holder. */
  readonly acquired: () => void;
  readonly lost: () => void;
}

/**
 * One holder at a time, as in leader election of Kubernetes: the holder renews, others take over what has expired. How
 * long ago a renewal was is measured by each process from when it saw the record change, never by comparing clocks.
 * A holder that cannot renew gives up before others may take over.
 */
export class Lease {
  readonly #o: LeaseOptions;
  #cancel: (() => void) | undefined;
  #closed = false;
  #held = false;
  /** Of the last renewal that the server took, by this process's monotonic clock. */
  #renewedAt = 0;
  #seenVersion: string | undefined;
  #seenAt = 0;

  constructor(options: LeaseOptions) {
    this.#o = options;
    this.#later(0);
  }

  get held(): boolean {
    return this.#held;
  }

  /** Gives the lease back, so that another takes it at once. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    if (!this.#held) return;
    this.#lose();
    const { cluster, name, holder, clock, durationMs } = this.#o;
    try {
      const record = await cluster.readLease(name);
      if (record?.holder === holder) await cluster.writeLease(name, { holder: undefined, renewedAtMs: clock.now(), durationMs, transitions: record.transitions }, record.version);
    } catch {
      // It expires by itself.
    }
  }

  #later(delayMs: number): void {
    this.#cancel = this.#o.after(delayMs, () => void this.#round());
  }

  async #round(): Promise<void> {
    const { clock, durationMs, renewEveryMs } = this.#o;
    // An answer that comes after the end of the lease must not count, so the end is watched beside the call.
    const stopWatching = this.#held ? this.#o.after(Math.max(0, this.#renewedAt + durationMs - renewEveryMs - clock.monotonic()), () => this.#lose()) : undefined;
    const began = clock.monotonic();
    try {
      if (await this.#take()) {
        this.#renewedAt = began;
        if (!this.#held && !this.#closed) {
          this.#held = true;
          this.#o.acquired();
        }
      } else this.#lose();
    } catch (error) {
      if (asNautilusError(error) === undefined) throw error;
      if (asNautilusError(error)?.kind === 'conflict') this.#lose();
      else if (this.#held && clock.monotonic() >= this.#renewedAt + durationMs - renewEveryMs) this.#lose();
    } finally {
      stopWatching?.();
      if (!this.#closed) this.#later(renewEveryMs);
    }
  }

  /** True when the server took our name. */
  async #take(): Promise<boolean> {
    const { cluster, name, holder, clock, durationMs } = this.#o;
    const record = await cluster.readLease(name);
    if (record?.version !== this.#seenVersion) [this.#seenVersion, this.#seenAt] = [record?.version, clock.monotonic()];
    const expired = record === undefined || record.holder === undefined || clock.monotonic() - this.#seenAt >= record.durationMs;
    if (record?.holder !== holder && !expired) return false;
    const transitions = (record?.transitions ?? 0) + (record !== undefined && record.holder !== holder ? 1 : 0);
    await cluster.writeLease(name, { holder, renewedAtMs: clock.now(), durationMs, transitions }, record?.version);
    return true;
  }

  #lose(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#o.lost();
  }
}
