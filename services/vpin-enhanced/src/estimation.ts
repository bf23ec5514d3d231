import type { Logger, Timers } from '@nautilus/engine';
import { asNautilusError, type Clock, type VpinReading } from '@nautilus/model';
import { informedTradingSteps, informedVolumeSteps, type InformedTradingFit } from '@nautilus/quant';
import type { Store } from '@nautilus/store';
import type { InformedVolume, SymbolEntry } from './symbol-board.ts';
import { pinEstimate } from './wire.ts';

const DAY_MS = 86_400_000;
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

/**
 * PIN from the finished days of a symbol's run, and the estimate into the store. Its time is the beginning of the day that
 * runs, so that asked again it is the same row; while the database is away it is given and not kept. Undefined below 20 days.
 */
export async function estimateInformedTrading(
  entry: SymbolEntry, { store, log, ...pace }: Pace & { readonly store: Pick<Store, 'microstructure'>; readonly log: Logger },
): Promise<InformedTradingFit | undefined> {
  const { stream, symbol, provenance } = entry;
  const { buys, sells } = stream.days.counts();
  const time = Math.floor(stream.newestMs / DAY_MS) * DAY_MS;
  const fit = await inSlices(informedTradingSteps(buys, sells), pace);
  if (fit === undefined) return undefined;
  const { model, probability, standard_error: standardError, log_likelihood: logLikelihood, n: observations, converged, parameters } = pinEstimate(fit);
  try {
    await store.microstructure.appendPinEstimates([{ symbol, model, time, probability, standardError, logLikelihood, observations, converged, parameters, provenance }]);
  } catch (error) {
    if (asNautilusError(error)?.kind !== 'transient') throw error;
    log.warn({ error, symbol }, 'an estimate of PIN could not be stored');
  }
  return fit;
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
