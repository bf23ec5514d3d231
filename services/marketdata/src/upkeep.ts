import type { Context } from './context.ts';

/** By so much bars longer than a minute may lag behind those of a minute. */
const ROLL_UP_EVERY_MS = 5_000;
const RETIRE_EVERY_MS = 3_600_000;

/** Keeps the store in order (ADR 8): this engine writes most of what is in it, and there is one of it. */
export function startUpkeep(context: Pick<Context, 'timers' | 'store' | 'clock' | 'log'>): void {
  context.timers.every(ROLL_UP_EVERY_MS, () => rollUp(context));
  context.timers.every(RETIRE_EVERY_MS, () => retire(context));
}

async function rollUp({ store, log }: Pick<Context, 'store' | 'log'>): Promise<void> {
  const written = await store.maintenance.rollUpBars();
  if (written > 0) log.debug({ written }, 'longer bars were built');
}

/** What was recorded stays for ever; what was live or simulated goes after the time that its table is kept. */
async function retire({ store, clock, log }: Pick<Context, 'store' | 'clock' | 'log'>): Promise<void> {
  const removed = Object.fromEntries(Object.entries(await store.maintenance.applyRetention(clock.now())).filter(([, count]) => count > 0));
  if (Object.keys(removed).length > 0) log.info({ removed }, 'rows or chunks were too old and are gone');
}
