import { z } from 'zod';
import type { Bus } from '@nautilus/bus';
import type { Store, StoreStatus } from '@nautilus/store';
import { answer } from '../../route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { common } from './common-context.ts';
import { engineStatusOf } from './health-report.ts';

const jsonSchema = z.object({
  metrics: z.array(z.object({ name: z.string(), help: z.string(), type: z.string(), values: z.array(z.unknown()) })),
});

export const metricsRoutes = [
  common.get(
    '/metrics',
    {
      summary: 'Metrics in Prometheus text format 0.0.4; as JSON when `Accept` asks for it.',
      query: { target: z.string().optional().describe('What to measure instead of this process, where a part measures others.') },
      response: z.union([z.string(), jsonSchema]),
    },
    async ({ request, query }, { deps }) => {
      if (query.target !== undefined && deps.declaration.scrape !== undefined) {
        const { up, text } = await deps.declaration.scrape(query.target, deps.context);
        return answer(up ? 200 : 503, text, { contentType: deps.metrics.contentType });
      }
      readGauges(deps);
      if (prefersJson(request.headers.accept)) return { metrics: (await deps.metrics.json()).map(spread) };
      return answer(200, await deps.metrics.text(), { contentType: deps.metrics.contentType });
    },
  ),
  common.get('/metrics/json', { summary: 'The same numbers as JSON.', response: jsonSchema }, async (_input, { deps }) => {
    readGauges(deps);
    return { metrics: (await deps.metrics.json()).map(spread) };
  }),
];

const spread = <T extends { readonly values: readonly unknown[] }>(metric: T): Omit<T, 'values'> & { values: unknown[] } => ({
  ...metric,
  values: [...metric.values],
});

function readGauges({ health, context, metrics }: HttpDependencies): void {
  const probes = health.probes();
  metrics.read({
    status: engineStatusOf(health.phase(), probes),
    // Not there before the start has made it.
    buses: (context.bus as Bus | undefined)?.status() ?? [],
    store: probes.storeNeeded ? statusOf(context.store) : undefined,
  });
}

/** Undefined for a store that is not there: a lost database must not take the metrics along. */
function statusOf(store: Store | undefined): StoreStatus | undefined {
  try {
    return store?.status();
  } catch {
    return undefined;
  }
}

/** Prometheus asks for several text forms; JSON must be named and not be behind a text form. */
function prefersJson(accept: string | undefined): boolean {
  const first = (accept ?? '').split(',').map((part) => part.split(';')[0]?.trim());
  const json = first.indexOf('application/json');
  const text = first.findIndex((type) => type === 'text/plain' || type === 'application/openmetrics-text');
  return json >= 0 && (text < 0 || json < text);
}
