import type { Clock, EpochMs } from '@nautilus/model';

/** A clock that moves only when told to. Both readings move together. */
export class FakeClock implements Clock {
  #now: number;
  #monotonic = 0;

  /** @param startMs wall-clock time at the start, milliseconds since the epoch */
  constructor(startMs: EpochMs = 0) {
    this.#now = startMs;
  }

  now(): EpochMs {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Time passes. @throws RangeError for a negative duration: use `setWallClock` for a clock that is put back. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`Time does not pass by ${ms} ms.`);
    this.#now += ms;
    this.#monotonic += ms;
  }

  /** The wall clock is corrected, as by NTP; the monotonic reading does not notice. */
  setWallClock(ms: EpochMs): void {
    this.#now = ms;
  }
}
