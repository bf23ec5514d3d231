import type { JobRun, JobState } from '@nautilus/engine';
import { ConflictError, InvalidInputError } from '@nautilus/model';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { checkSimulation, simulateSession, SIMULATOR, type SimulationParameters } from './simulate-session.ts';

export const SIMULATION = 'simulation';

export const simulationShape = {
  date: z.iso.date().describe('A session of the exchange'),
  seed: z.int().default(1).describe('The same seed gives the same session'),
  start_price: z.number().default(100),
  trades_per_minute: z.number().default(60).describe('Mean over the session'),
  volatility: z.number().default(0.3).describe('A year, as a fraction'),
  drift: z.number().default(0).describe('A year, as a fraction'),
  alpha: z.number().default(0.1).describe('GARCH weight of the last squared return'),
  beta: z.number().default(0.85).describe('GARCH weight of the last variance'),
  tick_size: z.number().default(0.01),
};
const wishSchema = z.object({ symbol: z.string(), ...simulationShape });
type SimulationWish = z.infer<typeof wishSchema>;

/** Between two looks at the room that the bus has. */
const BATCH = 256;

/**
 * Starts a job that sends a made-up session. @throws ConflictError for a symbol with a recording, which is replayed and not
 * made up; InvalidInputError for a day without a session and for numbers that give no prices
 */
export async function startSimulation(wish: SimulationWish, context: Context): Promise<JobState> {
  if (context.state.library.entries.some(({ symbol }) => symbol === wish.symbol)) throw new ConflictError(`${wish.symbol} is recorded: it is replayed, not simulated`);
  checkSimulation(parametersOf(wish, context));
  return context.jobs.submit(SIMULATION, wish);
}

/** The job. A repeat sends the same events under the same sequences, so it stores nothing twice. */
export async function runSimulation(input: unknown, run: JobRun, context: Context): Promise<{ readonly symbol: string; readonly events: number; readonly last_price: number | null }> {
  const wish = wishSchema.parse(input);
  const parameters = parametersOf(wish, context);
  const { hub, outbox } = context.state;
  // A stream of time of its own, beside those of other simulated symbols.
  const lane = `${SIMULATOR}:${wish.symbol}`;
  hub.begin(lane);
  let events = 0;
  let last: number | null = null;
  for (const item of simulateSession(parameters)) {
    hub.take(lane, item);
    if (item.type === 'trade') last = item.event.price;
    events += 1;
    if (events % BATCH !== 0) continue;
    await outbox.room(run.signal);
    run.signal.throwIfAborted();
    run.progress((Number(item.event.ts_event_ns / 1_000_000n) - parameters.opensAtMs) / (parameters.closesAtMs - parameters.opensAtMs));
  }
  hub.endSession(lane);
  await outbox.drained();
  return { symbol: wish.symbol, events, last_price: last };
}

function parametersOf({ symbol, date, seed, volatility, drift, alpha, beta, ...wish }: SimulationWish, { state }: Context): SimulationParameters {
  const session = state.calendar.on(date);
  if (session === undefined) throw new InvalidInputError([{ path: 'date', message: 'is no session of the exchange' }]);
  const { opensAtMs, closesAtMs } = session;
  return { symbol, seed, opensAtMs, closesAtMs, startPrice: wish.start_price, tradesPerMinute: wish.trades_per_minute, volatility, drift, alpha, beta, tickSize: wish.tick_size };
}
