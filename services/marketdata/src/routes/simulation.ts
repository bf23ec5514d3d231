import { routesOf } from '@nautilus/engine';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { simulationShape, startSimulation } from '../simulator/run-simulation.ts';
import { symbol } from './schemas.ts';

const { post } = routesOf<Context>();

export const simulationRoutes = [
  post('/simulate', {
    summary: 'Sends a made-up session of a symbol that is not recorded',
    description: 'Geometric Brownian motion with GARCH(1,1) variance, Poisson trades that are frequent at both ends of the session, quotes of one to three ticks. Every event bears the source `simulator` and the provenance `simulated`, and so does what is computed from it. Nothing is ever simulated unasked.',
    body: z.object({ symbol, ...simulationShape }),
    response: z.object({ job_id: z.string(), status: z.string(), status_url: z.string() }),
    status: 202,
    errors: { 409: 'The symbol is recorded.', 422: 'The day has no session, or the numbers give no prices.' },
    example: { symbol: 'DEMO', date: '2013-10-07', seed: 1, trades_per_minute: 5 },
  }, async ({ body }, context) => {
    const job = await startSimulation(body, context);
    return { job_id: job.job_id, status: job.status, status_url: `/jobs/${job.job_id}` };
  }),
];
