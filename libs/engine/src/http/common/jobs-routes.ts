import { z } from 'zod';
import { NotFoundError } from '@nautilus/model';
import type { Jobs, JobState } from '../../jobs/jobs.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { notServing } from '../problem.ts';
import { common } from './common-context.ts';
import { isServing } from './health-report.ts';

const jobSchema = z.object({
  job_id: z.string(),
  kind: z.string(),
  status: z.enum(['queued', 'running', 'completed', 'failed', 'cancelled']),
  progress: z.number().min(0).max(1),
  result_url: z.string().nullable(),
  error: z.string().nullable(),
});

const spec = { params: { job_id: z.string().min(1) }, response: jobSchema, errors: { 404: 'No such job.' } };

export const jobsRoutes = [
  common.get('/jobs/{job_id}', { summary: 'State of a job.', ...spec }, async ({ params }, { deps }) => found(params.job_id, await jobsOf(deps).get(params.job_id))),
  common.del('/jobs/{job_id}', { summary: 'Cancels a job; a finished one stays as it is.', ...spec }, async ({ params }, { deps }) =>
    found(params.job_id, await jobsOf(deps).cancel(params.job_id)),
  ),
];

function jobsOf({ declaration, health, context }: HttpDependencies): Jobs {
  const phase = health.phase();
  if (!isServing(phase)) throw notServing(phase);
  if (declaration.jobs === undefined) throw new NotFoundError('job', 'this engine has no jobs');
  return context.jobs;
}

function found(id: string, job: JobState | undefined): JobState {
  if (job === undefined) throw new NotFoundError('job', `no job ${id}`);
  return job;
}
