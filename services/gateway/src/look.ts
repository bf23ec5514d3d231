import { z } from 'zod';
import type { Context } from './context.ts';
import { urlOf } from './registry.ts';

const statusSchema = z.object({
  buses: z.record(z.string(), z.object({ published: z.number(), received: z.number() }).nullable()),
});

/** One round of looks: weights of the canaries, health of every endpoint, then the bus counters of those that answer. */
export async function look(context: Context): Promise<void> {
  context.state.canaries.read();
  await context.state.watch.lookRound(context.signal);
  const alive = context.state.endpoints.filter((endpoint) => context.state.watch.observation(endpoint.port).status !== 'unreachable');
  const rounds = await Promise.all(
    alive.map(async (endpoint) => {
      const url = `${urlOf(endpoint, context.settings.engineHost)}/messagebus/status`;
      try {
        const response = await fetch(url, { signal: AbortSignal.any([context.signal, AbortSignal.timeout(1_000)]) });
        const { buses } = statusSchema.parse(await response.json());
        const engineId = context.state.watch.observation(endpoint.port).engineId ?? endpoint.name;
        return Object.entries(buses).flatMap(([bus, counters]) => (counters === null ? [] : [{ engineId, bus, ...counters }]));
      } catch {
        // It answered /health a moment ago; the next round tells whether it is gone.
        return [];
      }
    }),
  );
  context.state.rates.add(rounds.flat());
}
