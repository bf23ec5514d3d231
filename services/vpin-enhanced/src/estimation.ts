import type { Timers } from '@nautilus/engine';
import type { Clock, VpinReading } from '@nautilus/model';
import { informedVolumeSteps } from '@nautilus/quant';
import type { InformedVolume } from './symbol-board.ts';

/** The event loop is given free after so much work. */
const SLICE_MS = 5;

export interface Pace {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Runs a stepwise calculation in slices, so that trades, quotes and requests are served in between. */
export async function inSlices<T>(steps: Generator<undefined, T>, { clock, timers }: Pace): Promise<T> {
  for (;;) {
    const until = clock.monotonic() + SLICE_MS;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (clock.monotonic() < until);
    await timers.delay(0);
  }
}

/** Buckets of an IVPIN window. */
const IVPIN_BUCKETS = 50;
const SECOND_MS = 1_000;

/**
 * IVPIN over the newest buckets of one series, begun at the fit before. Volumes are counted in lots, durations in
 * seconds; a bucket that took no time at all cannot be used. Undefined below a full window.
 */
export async function estimateInformedVolume(readings: readonly VpinReading[], lot: number, before: InformedVolume | undefined, pace: Pace): Promise<InformedVolume | undefined> {
  const last = readings.at(-1);
  const window = readings.filter(({ series, startMs, endMs }) => series === last?.series && endMs > startMs).slice(-IVPIN_BUCKETS);
  if (last === undefined || window.length < IVPIN_BUCKETS) return undefined;
  const column = (pick: (reading: VpinReading) => number): Float64Array => Float64Array.from(window, pick);
  const buckets = {
    bought: column(({ buyVolume }) => buyVolume / lot),
    sold: column(({ sellVolume }) => sellVolume / lot),
    durations: column(({ startMs, endMs }) => (endMs - startMs) / SECOND_MS),
  };
  const warm = before?.lot === lot ? before.fit : undefined;
  const fit = await inSlices(informedVolumeSteps(buckets, warm), pace);
  return fit === undefined ? undefined : { fit, lot, endMs: last.endMs };
}
