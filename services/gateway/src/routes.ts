import { z } from 'zod';
import { routesOf } from '@nautilus/engine';
import { BUSES, InvalidInputError, PROVENANCES } from '@nautilus/model';
import type { Context } from './context.ts';
import { urlOf } from './registry.ts';
import { TIER_NAMES, tierNamesOf, tiersOf } from './tiers.ts';
import { percentile } from './watch.ts';

const { get } = routesOf<Context>();

const engineSchema = z.object({
  name: z.string(),
  port: z.int(),
  architecture: z.enum(['dual_bus', 'triple_bus']),
  status: z.enum(['operational', 'degraded', 'starting', 'unreachable']),
  url: z.string(),
  tiers: z.array(z.string()),
  latency_ms: z.number().nullable().describe('Round trip of the last look at /health.'),
  replicas: z.int().nullable().describe('Instances in discovery; null when discovery is off.'),
  summary: z.string(),
  version: z.string().nullable(),
  uptime_seconds: z.number().nullable(),
});

const rateSchema = z.object({
  published_per_second: z.number().nullable(),
  received_per_second: z.number().nullable(),
  published_total: z.number(),
  received_total: z.number(),
});

export const routes = [
  get(
    '/api/v1/engines',
    {
      summary: 'Engine endpoints that are built, with tiers and health.',
      query: { tier: z.string().optional().describe(`One of ${TIER_NAMES.join(', ')}.`) },
      response: z.object({ count: z.int(), tiers: z.record(z.string(), z.array(z.int())), engines: z.array(engineSchema) }),
    },
    async ({ query }, context) => {
      const tier = query.tier;
      if (tier !== undefined && !TIER_NAMES.includes(tier)) {
        throw new InvalidInputError([{ path: 'query.tier', message: `must be one of ${TIER_NAMES.join(', ')}` }]);
      }
      const discovered = await context.bus.discovered();
      const engines = context.state.endpoints.filter((endpoint) => tier === undefined || tierNamesOf(endpoint.port).includes(tier)).map((endpoint) => {
        const seen = context.state.watch.observation(endpoint.port);
        return {
          name: endpoint.name,
          port: endpoint.port,
          architecture: endpoint.architecture,
          status: seen.status,
          url: urlOf(endpoint, context.settings.engineHost),
          tiers: [...tierNamesOf(endpoint.port)],
          latency_ms: seen.latencyMs,
          replicas: discovered.length === 0 ? null : discovered.filter((found) => found.engine === endpoint.name).length,
          summary: endpoint.summary,
          version: seen.version,
          uptime_seconds: seen.uptimeSeconds,
        };
      });
      const tiers = Object.fromEntries(Object.entries(tiersOf(context.state.endpoints.map((e) => e.port))).map(([name, ports]) => [name, [...ports]]));
      return { count: engines.length, tiers, engines };
    },
  ),
  get(
    '/monitoring/triple-bus/performance',
    {
      summary: 'Measured messages per second of each bus, added up over the engines.',
      response: z.object({ buses: z.record(z.string(), rateSchema.extend({ port: z.int() })), timestamp: z.string() }),
    },
    (_input, context) => {
      const rates = context.state.rates.get();
      const known = Object.values(BUSES).filter((bus) => rates.has(bus.field));
      const none = { published_per_second: null, received_per_second: null, published_total: 0, received_total: 0 };
      return {
        buses: Object.fromEntries(known.map((bus) => [bus.field, { ...(rates.get(bus.field) ?? none), port: bus.port }])),
        timestamp: new Date(context.clock.now()).toISOString(),
      };
    },
  ),
  get(
    '/monitoring/engines/latency',
    {
      summary: 'Round trips to each engine over the last looks, in milliseconds.',
      response: z.object({
        engines: z.array(
          z.object({ name: z.string(), port: z.int(), samples: z.int(), avg_ms: z.number().nullable(), p95_ms: z.number().nullable(), p99_ms: z.number().nullable() }),
        ),
      }),
    },
    (_input, context) => ({
      engines: context.state.endpoints.map((endpoint) => {
        const samples = context.state.watch.latencies(endpoint.port);
        return {
          name: endpoint.name,
          port: endpoint.port,
          samples: samples.length,
          avg_ms: samples.length === 0 ? null : samples.reduce((sum, value) => sum + value, 0) / samples.length,
          p95_ms: percentile(samples, 0.95),
          p99_ms: percentile(samples, 0.99),
        };
      }),
    }),
  ),
  get(
    '/api/v1/data/status',
    {
      summary: 'Records per source and provenance, counted by SQL.',
      response: z.object({
        total: z.int(),
        records: z.array(z.object({ source: z.string(), provenance: z.enum(PROVENANCES), kind: z.enum(['trade', 'quote', 'bar', 'level2', 'economic', 'fundamental']), records: z.int() })),
      }),
    },
    async (_input, context) => {
      const records = await context.store.market.counts();
      return { total: records.reduce((sum, count) => sum + count.records, 0), records: [...records] };
    },
  ),
];
