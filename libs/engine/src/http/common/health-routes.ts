import { z } from 'zod';
import { PROVENANCES } from '@nautilus/model';
import { answer } from '../../route.ts';
import { JSON_TYPE } from '../answers.ts';
import { HttpProblem } from '../problem.ts';
import { common } from './common-context.ts';

const busSchema = z.object({
  connected: z.boolean(),
  latency_ms: z.number().nullable(),
  port: z.int(),
  transport: z.enum(['redis', 'memory']),
});

const statsSchema = z
  .object({
    requests_total: z.int(),
    avg_response_ms: z.number().describe('Of the newest 1024 answers.'),
    p95_response_ms: z.number().describe('Of the newest 1024 answers.'),
    messages_in: z.int(),
    messages_out: z.int(),
    errors_total: z.int().describe('Answers with a status of 500 or more.'),
  })
  .nullable();

const healthSchema = z.looseObject({
  status: z.enum(['operational', 'degraded', 'starting']),
  health: z.enum(['healthy', 'unhealthy', 'starting']),
  engine: z.string(),
  engine_id: z.string(),
  port: z.int(),
  version: z.string(),
  git_sha: z.string().nullable(),
  architecture: z.enum(['dual_bus', 'triple_bus']),
  uptime_seconds: z.number(),
  timestamp: z.string(),
  messagebus_enabled: z.boolean(),
  messagebus_connected: z.boolean(),
  dual_messagebus_connected: z.boolean(),
  triple_bus_connected: z.boolean(),
  neural_gpu_bus_connected: z.boolean().optional().describe('On three buses only.'),
  marketdata_bus: z.string(),
  engine_logic_bus: z.string(),
  neural_gpu_bus: z.string().optional().describe('On three buses only.'),
  buses: z.object({ marketdata_bus: busSchema, engine_logic_bus: busSchema, neural_gpu_bus: busSchema.optional() }),
  database_connected: z.boolean(),
  hardware_acceleration: z.object({
    neural_engine_available: z.boolean(),
    metal_gpu_available: z.boolean(),
    mlx_framework: z.boolean(),
    backend: z.string(),
    device: z.string(),
    accelerated: z.boolean(),
    fallback: z.literal('cpu').nullable(),
    simulated: z.literal(false),
  }),
  performance_stats: statsSchema.describe('Null before the first answer.'),
  performance_summary: statsSchema.optional().describe('On three buses only: performance_stats once more.'),
  provenance: z.enum(PROVENANCES),
  problems: z.array(z.object({ dependency: z.string(), message: z.string(), since: z.string() })),
});

export const healthRoutes = [
  common.get('/health', { summary: 'Condition of the engine, from probe results of the last second.', response: healthSchema }, (_input, { health }) =>
    answer(200, health.text() as never, { contentType: JSON_TYPE }),
  ),
  common.get(
    '/health/live',
    { summary: 'Answers while the event loop turns; knows no dependency.', response: z.object({ status: z.literal('alive') }) },
    () => ({ status: 'alive' as const }),
  ),
  common.get(
    '/health/ready',
    {
      summary: 'Whether work may be sent here.',
      description: 'With `scope=traffic` lost dependencies do not count: a degraded engine goes on answering.',
      query: { scope: z.enum(['traffic']).optional() },
      response: z.object({ status: z.literal('ready') }),
      errors: { 503: 'Starting, draining, or a dependency is lost.' },
    },
    ({ query }, { deps }) => {
      const phase = deps.health.phase();
      if (phase === 'ready' || (phase === 'degraded' && query.scope === 'traffic')) return { status: 'ready' as const };
      const lost = deps.health.probes().problems.map((problem) => problem.dependency);
      const detail = phase === 'degraded' && lost.length > 0 ? `Lost: ${lost.join(', ')}.` : `The engine is ${phase}.`;
      throw new HttpProblem(503, 'not-ready', detail, { 'Retry-After': '1' });
    },
  ),
];
