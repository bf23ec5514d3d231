import { asNautilusError, type BusName } from '@nautilus/model';
import { canBackfill, startBackfill } from '../backfill/run.ts';
import type { Context } from '../context.ts';
import { put } from './lost-ranges.ts';

export const WATCH_EVERY_MS = 100;
const BUS: BusName = 'marketdata';
/** What bars can make good. */
const REFETCHED: ReadonlySet<string> = new Set(['tick', 'bar']);

/** Tells the outbox whether the bus is there, records what was lost, and has it fetched once the bus is back. */
export async function watchBus(context: Context): Promise<void> {
  const { bus, state: { outbox, spool, lost }, metrics, store, clock, log } = context;
  const isAway = bus.status().some((one) => one.bus === BUS && !one.connected);
  outbox.away(isAway);
  if (spool !== undefined) metrics.spooled.set(spool.bytes);
  try {
    await lost.save(store.snapshots, clock.now());
    if (!isAway && !outbox.isFull) await refetch(context);
  } catch (error) {
    if (asNautilusError(error)?.kind !== 'transient') throw error;
    log.debug({ error: String(error) }, 'lost ranges are recorded when the database is back');
  }
}

/** One backfill of minute bars per symbol, over the days on which something of it was lost. */
async function refetch(context: Context): Promise<void> {
  const { state, store, clock, log } = context;
  const ended = state.lost.end();
  for (const range of ended) {
    log.error({ ...range }, 'events were lost: the bus was away for longer than the spool could bridge');
    if (range.provenance !== 'live' || !REFETCHED.has(range.data_type) || !canBackfill(context)) continue;
    const id = `lost-${range.symbol}-${range.from.slice(0, 10)}`;
    await startBackfill({ symbol: range.symbol, timeframe: '1m', from: range.from.slice(0, 10), to: range.to.slice(0, 10) }, context, id);
    await put(store.snapshots, { ...range, backfill_id: id }, clock.now());
  }
}
