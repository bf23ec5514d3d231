import { z } from 'zod';
import type { Bus, BusStatus, DeadLetter } from '@nautilus/bus';
import {
  BUSES, MATRIX, NotFoundError, PRIORITIES, asNautilusError, isPattern, isoFromMs, msFromIso, toWire, type BusName,
} from '@nautilus/model';
import type { HttpDependencies } from '../dependencies.ts';
import type { BusProbe } from '../health-source.ts';
import { notServing } from '../problem.ts';
import { common } from './common-context.ts';
import { isServing } from './health-report.ts';

const HUB = { engine: 'marketdata', port: 8800 };
const BUS_NAMES = Object.keys(BUSES) as readonly BusName[];

const figuresSchema = z.object({
  connected: z.boolean(),
  host: z.string().nullable(),
  port: z.int(),
  transport: z.enum(['redis', 'memory']),
  latency_ms: z.number().nullable(),
  published: z.int(),
  received: z.int(),
  acked: z.int(),
  pending: z.int(),
  lag: z.int(),
  reclaimed: z.int(),
  dead_letters: z.int(),
  dropped: z.int(),
  reconnects: z.int(),
  buffered: z.int(),
  last_error: z.string().nullable(),
  last_message_at: z.string().nullable(),
});

const statusSchema = z.object({
  engine: z.string(),
  enabled: z.boolean(),
  connected: z.boolean(),
  architecture: z.enum(['dual_bus', 'triple_bus']),
  buses: z.object({ marketdata_bus: figuresSchema, engine_logic_bus: figuresSchema, neural_gpu_bus: figuresSchema.nullable() }).partial(),
  discovered_engines: z.array(
    z.object({ engine_id: z.string(), engine: z.string(), instance: z.string(), port: z.int(), architecture: z.string(), version: z.string(), seen_at: z.string() }),
  ),
  hub: z.object({ port: z.int(), reachable: z.boolean().nullable().describe('Whether the hub is in discovery; null when discovery is off.') }),
  priorities: z.record(z.enum(PRIORITIES), z.object({ in: z.int(), out: z.int() })),
  timestamp: z.string(),
});

const subscriptionsSchema = z.object({
  engine: z.string(),
  subscriptions: z.array(
    z.object({
      pattern: z.string(),
      bus: z.string(),
      group: z.string(),
      origin: z.enum(['matrix', 'extension', 'alias']),
      alias_of: z.string().nullable(),
      received: z.int(),
      last_message_at: z.string().nullable(),
    }),
  ),
  publications: z.array(z.object({ pattern: z.string(), bus: z.string(), published: z.int() })),
});

const deadLetterSchema = z.object({
  id: z.string().describe('`<bus>:<id>`; what retry takes.'),
  bus: z.string(),
  group: z.string(),
  reason: z.string(),
  attempts: z.int(),
  failed_at: z.string(),
  message: z.unknown().describe('The message; null when its bytes could not be decoded.'),
  raw: z.string().nullable().describe('Base64 of bytes that could not be decoded.'),
});

const busParameter = z.string().transform((text, context): BusName => {
  const found = BUS_NAMES.find((bus) => bus === text || BUSES[bus].field === text || String(BUSES[bus].port) === text);
  if (found !== undefined) return found;
  context.addIssue({ code: 'custom', message: `must be one of ${BUS_NAMES.join(', ')}` });
  return z.NEVER;
});

const replayBody = z
  .object({
    bus: busParameter,
    pattern: z.string().refine(isPattern, 'not a pattern'),
    from_id: z.string().min(1).optional(),
    from_time: z.string().refine((text) => msFromIso(text) !== undefined, 'not an ISO 8601 time with an offset').optional(),
    to_id: z.string().min(1).optional(),
    limit: z.int().min(1).max(1_000_000).optional(),
  })
  .refine((body) => (body.from_id === undefined) !== (body.from_time === undefined), 'one of from_id and from_time is needed');

export const messagebusRoutes = [
  common.get('/messagebus/status', { summary: 'Buses of this engine, with counts since the start.', response: statusSchema }, (_input, { deps }) => statusBody(deps) as never),
  common.get('/messagebus/subscriptions', { summary: 'Patterns this engine reads and writes.', response: subscriptionsSchema }, (_input, { deps }) => ({
    engine: deps.context.engine.engine,
    subscriptions: deps.subscriptions().flatMap(({ group, patterns }) =>
      patterns.map(({ pattern, bus, aliasOf, received, lastMessageAt }) => ({
        pattern, bus: BUSES[bus].field, group, origin: originOf(deps, pattern, aliasOf), alias_of: aliasOf, received, last_message_at: iso(lastMessageAt),
      })),
    ),
    publications: deps.publications().map(({ pattern, bus, published }) => ({ pattern, bus: BUSES[bus].field, published })),
  })),
  common.get(
    '/messagebus/dead-letters',
    {
      summary: 'Messages that were given up.',
      query: { bus: busParameter.optional(), limit: z.coerce.number().int().min(1).max(1000).default(100) },
      response: z.object({ items: z.array(deadLetterSchema), next_cursor: z.null() }),
      scope: 'admin',
    },
    async ({ query }, { deps }) => {
      const bus = busOf(deps);
      const asked = query.bus === undefined ? bus.status().map((status) => status.bus) : [query.bus];
      const letters = (await Promise.all(asked.map((name) => bus.deadLetters(name, query.limit)))).flat();
      letters.sort((a, b) => b.failedAt - a.failedAt);
      return { items: letters.slice(0, query.limit).map(letterFields), next_cursor: null };
    },
  ),
  common.post(
    '/messagebus/dead-letters/{id}/retry',
    {
      summary: 'Puts one message back for the group that gave it up.',
      params: { id: z.string().min(1) },
      response: z.object({ status: z.literal('queued'), id: z.string() }),
      scope: 'admin',
      errors: { 404: 'No such dead letter.' },
    },
    async ({ params }, { deps }) => {
      await retry(busOf(deps), params.id);
      return { status: 'queued' as const, id: params.id };
    },
  ),
  common.post(
    '/messagebus/replay',
    {
      summary: 'Delivers stored messages to this engine once more, marked as replayed.',
      body: replayBody,
      response: z.object({ replayed: z.int(), first_id: z.string().nullable(), last_id: z.string().nullable() }),
      scope: 'admin',
      example: { bus: 'marketdata', pattern: '*', from_time: '2013-10-07T13:30:00Z', limit: 1000 },
    },
    async ({ body }, { deps }) => {
      const { bus, pattern, from_id, from_time = '', to_id, limit } = body;
      const from = from_id === undefined ? { timeMs: msFromIso(from_time) ?? 0 } : { id: from_id };
      const result = await busOf(deps).replay({
        bus, pattern, from, ...(to_id === undefined ? {} : { toId: to_id }), ...(limit === undefined ? {} : { limit }),
      });
      return { replayed: result.replayed, first_id: result.firstId, last_id: result.lastId };
    },
  ),
];

function statusBody(deps: HttpDependencies): Record<string, unknown> {
  const { engine, clock } = deps.context;
  const probes = deps.health.probes();
  const statuses = (deps.context.bus as Bus | undefined)?.status() ?? [];
  const figures = (probe: BusProbe): Record<string, unknown> => busFigures(probe, statuses.find((status) => status.bus === probe.bus));
  const { discovered } = probes;
  return {
    engine: engine.engine,
    enabled: probes.busEnabled,
    connected: probes.buses.length > 0 && probes.buses.every((probe) => probe.connected),
    architecture: engine.architecture,
    buses: { ...Object.fromEntries(BUS_NAMES.map((bus) => [BUSES[bus].field, null])), ...Object.fromEntries(probes.buses.map((probe) => [BUSES[probe.bus].field, figures(probe)])) },
    discovered_engines: (discovered ?? []).map((found) => ({
      engine_id: found.engineId, engine: found.engine, instance: found.instance, port: found.port,
      architecture: found.architecture, version: found.version, seen_at: isoFromMs(found.seenAt),
    })),
    hub: { port: HUB.port, reachable: discovered === undefined || discovered.length === 0 ? null : discovered.some((found) => found.engine === HUB.engine) },
    priorities: Object.fromEntries(PRIORITIES.map((priority) => [priority, sumOf(statuses, priority)])),
    timestamp: isoFromMs(clock.now()),
  };
}

function sumOf(statuses: readonly BusStatus[], priority: (typeof PRIORITIES)[number]): { in: number; out: number } {
  const counts = statuses.map((status) => status.priorities[priority]);
  return { in: counts.reduce((sum, count) => sum + count.in, 0), out: counts.reduce((sum, count) => sum + count.out, 0) };
}

/** A bus without a client (switched off, or not yet made) has carried nothing. */
function busFigures(probe: BusProbe, status: BusStatus | undefined): Record<string, unknown> {
  return {
    connected: probe.connected,
    host: status?.host ?? null,
    port: probe.port,
    transport: probe.transport,
    latency_ms: probe.latencyMs,
    published: status?.published ?? 0,
    received: status?.received ?? 0,
    acked: status?.acked ?? 0,
    pending: status?.pending ?? 0,
    lag: status?.lag ?? 0,
    reclaimed: status?.reclaimed ?? 0,
    dead_letters: status?.deadLetters ?? 0,
    dropped: status?.dropped ?? 0,
    reconnects: status?.reconnects ?? 0,
    buffered: status?.buffered ?? 0,
    last_error: status?.lastError ?? null,
    last_message_at: iso(status?.lastMessageAt ?? null),
  };
}

function originOf(deps: HttpDependencies, pattern: string, aliasOf: string | null): 'matrix' | 'extension' | 'alias' {
  if (aliasOf !== null) return 'alias';
  const { name } = deps.declaration;
  const row = MATRIX[name] ?? MATRIX[name.replaceAll('-', '_')];
  return row?.subscribes.includes(pattern) === true ? 'matrix' : 'extension';
}

function letterFields(letter: DeadLetter): z.input<typeof deadLetterSchema> {
  return {
    id: `${letter.bus}:${letter.id}`,
    bus: BUSES[letter.bus].field,
    group: letter.group,
    reason: letter.reason,
    attempts: letter.attempts,
    failed_at: isoFromMs(letter.failedAt),
    message: letter.message === undefined ? null : toWire(letter.message),
    raw: letter.raw ?? null,
  };
}

/** `<bus>:<id>` names one bus; an id alone is looked for on each. */
async function retry(bus: Bus, id: string): Promise<void> {
  const named = BUS_NAMES.find((name) => id.startsWith(`${name}:`));
  if (named !== undefined) return bus.retryDeadLetter(named, id.slice(named.length + 1));
  for (const { bus: name } of bus.status()) {
    try {
      return await bus.retryDeadLetter(name, id);
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'not_found') throw error;
    }
  }
  throw new NotFoundError('dead letter', `no dead letter ${id}`);
}

function busOf(deps: HttpDependencies): Bus {
  const phase = deps.health.phase();
  if (!isServing(phase)) throw notServing(phase);
  return deps.context.bus;
}

const iso = (ms: number | null): string | null => (ms === null ? null : isoFromMs(ms));
