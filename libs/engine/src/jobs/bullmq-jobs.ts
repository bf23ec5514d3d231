import { Job, Queue, UnrecoverableError, WaitingError, Worker, type ConnectionOptions } from 'bullmq';
import { NotFoundError, TransientError } from '@nautilus/model';
import type { Delay } from '../ambient.ts';
import type { RunningJobs } from '../composition.ts';
import type { Logger } from '../log.ts';
import type { BusAddress } from '../shared-settings.ts';
import { draining, jobId, KEPT_JOBS, kindOf, resultUrlOf, throughJson, unknownKind, withinOne, type JobDeclarations } from './job-values.ts';
import type { JobState } from './jobs.ts';

/** What travels through Redis. `cancelled` is how one process tells another to stop. */
interface Envelope {
  readonly input: unknown;
  readonly cancelled: boolean;
}
type QueuedJob = Job<Envelope, unknown>;

const CANCELLED = 'cancelled';
const WATCH_EVERY_MS = 500;
const ANSWER_MS = 2_000;
/** A worker that died this often over one job leaves it failed instead of dying over it again. */
const MOST_TAKEOVERS = 5;

export interface BullMqJobsOptions {
  readonly declarations: JobDeclarations;
  readonly context: unknown;
  /** Folder name of the engine: twins and replicas share the queues. */
  readonly engine: string;
  readonly clientName: string;
  readonly address: BusAddress;
  readonly newId: () => string;
  readonly delay: Delay;
  readonly log: Logger;
  /** A job whose worker was silent for this long is taken up again; default 30,000. */
  readonly takeOverAfterMs?: number;
}

/** Jobs on the Engine Logic Redis under `bull:<engine>.<kind>`. They outlive the process and are shared by replicas. */
export function createBullMqJobs(options: BullMqJobsOptions): RunningJobs {
  const { declarations, newId, delay } = options;
  const kinds = new Map(Object.keys(declarations).map((kind) => [kind, openKind(kind, options)]));
  let closing = false;

  const reached = <T>(command: () => Promise<T>): Promise<T> => answeredInTime(command, delay);
  /** The state is read before the job, so that a job said to be finished has its outcome. */
  const find = async (id: string): Promise<{ job: QueuedJob; state: JobState } | undefined> => {
    const queue = kinds.get(kindOf(id, declarations) ?? '')?.queue;
    if (queue === undefined) return undefined;
    const state = await reached(() => queue.getJobState(id));
    const job = await reached(() => Job.fromId<Envelope, unknown>(queue, id));
    return job === undefined ? undefined : { job, state: stateOf(job, state) };
  };

  return {
    async submit(kind, input) {
      const queue = kinds.get(kind)?.queue;
      if (queue === undefined) throw unknownKind(kind, declarations);
      if (closing) throw draining();
      const id = jobId(kind, newId());
      await reached(() => queue.add(kind, { input: throughJson(input), cancelled: false }, { jobId: id }));
      return { job_id: id, kind, status: 'queued', progress: 0, result_url: null, error: null };
    },
    get: async (id) => (await find(id))?.state,
    async cancel(id) {
      const found = await find(id);
      if (found === undefined) return undefined;
      const { job, state } = found;
      if (state.status !== 'queued' && state.status !== 'running') return state;
      await reached(() => job.updateData({ ...job.data, cancelled: true }));
      kinds.get(job.name)?.worker.cancelJob(id, CANCELLED);
      return { ...state, status: 'cancelled' };
    },
    async result(id) {
      const found = await find(id);
      if (found?.state.status !== 'completed') throw new NotFoundError('job', `no completed job ${id}`);
      return found.job.returnvalue ?? null;
    },
    async close(deadlineMs) {
      closing = true;
      await Promise.all([...kinds.values()].map((kind) => kind.close(deadlineMs)));
    },
  };
}

interface OpenKind {
  readonly queue: Queue<Envelope, unknown>;
  readonly worker: Worker<Envelope, unknown>;
  close(deadlineMs: number): Promise<void>;
}

function openKind(kind: string, options: BullMqJobsOptions): OpenKind {
  const { address, clientName, context, declarations, delay, engine, log, takeOverAfterMs = 30_000 } = options;
  const declaration = declarations[kind];
  if (declaration === undefined) throw new Error(`no job ${kind}`);
  const ending = new AbortController();
  const name = `${engine}.${kind}`;
  const queue = new Queue<Envelope, unknown>(name, {
    connection: { ...connectionTo(address, clientName), maxRetriesPerRequest: 1 },
    defaultJobOptions: { removeOnComplete: { count: KEPT_JOBS }, removeOnFail: { count: KEPT_JOBS } },
  });

  const process = async (job: QueuedJob, token: string | undefined, cancelled: AbortSignal | undefined): Promise<unknown> => {
    if (job.data.cancelled) throw new UnrecoverableError(CANCELLED);
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, ending.signal, ...(cancelled === undefined ? [] : [cancelled])]);
    const unwatch = watchCancellation(queue, job, delay, () => stop.abort());
    try {
      const progress = (fraction: number): void => void job.updateProgress(withinOne(fraction)).catch(() => undefined);
      const result = throughJson(await declaration.run(job.data.input, { jobId: job.id ?? '', signal, progress }, context));
      if (await isCancelled(queue, job)) throw new UnrecoverableError(CANCELLED);
      return result;
    } catch (error) {
      if (await isCancelled(queue, job).catch(() => false)) throw new UnrecoverableError(CANCELLED);
      if (!ending.signal.aborted) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    } finally {
      unwatch();
    }
  };
  const worker = new Worker<Envelope, unknown>(name, process, {
    connection: { ...connectionTo(address, clientName), maxRetriesPerRequest: null },
    concurrency: declaration.concurrency ?? 1,
    lockDuration: takeOverAfterMs,
    stalledInterval: takeOverAfterMs,
    maxStalledCount: MOST_TAKEOVERS,
  });
  // Redis being away is told by the probe of its bus; without listeners the process would end.
  queue.on('error', (error) => log.debug({ error, kind }, 'the job queue has no connection'));
  worker.on('error', (error) => log.debug({ error, kind }, 'the job worker has no connection'));
  worker.on('failed', (job, error) => {
    if (error.message !== CANCELLED) log.warn({ error, job_id: job?.id, kind }, 'a job failed');
  });

  return {
    queue,
    worker,
    async close(deadlineMs) {
      ending.abort();
      // Closing gently asks the server; one that is gone would be asked for ever.
      const closed = await inTime(Promise.all([worker.close(), queue.close()]), deadlineMs, delay);
      if (!closed) await inTime(Promise.all([worker.disconnect(), queue.disconnect()]), deadlineMs, delay);
    },
  };
}

/** False when the time is over first. */
async function inTime(work: Promise<unknown>, deadlineMs: number, delay: Delay): Promise<boolean> {
  let cancel = (): void => undefined;
  const late = new Promise<boolean>((resolve) => {
    cancel = delay(deadlineMs, () => resolve(false));
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    cancel();
  }
}

function connectionTo({ host, port, sentinels, master, username, password }: BusAddress, clientName: string): ConnectionOptions & object {
  return {
    ...(sentinels.length === 0 ? { host, port } : { sentinels: [...sentinels], name: master, sentinelCommandTimeout: 2_000 }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    connectionName: clientName,
  };
}

/** A command that met no server, or one that does not answer, is a matter of time. */
async function answeredInTime<T>(command: () => Promise<T>, delay: Delay): Promise<T> {
  let value: T | undefined;
  try {
    if (await inTime(command().then((given) => void (value = given)), ANSWER_MS, delay)) return value as T;
  } catch (cause) {
    throw new TransientError('the job queue does not answer', { cause });
  }
  throw new TransientError('the job queue does not answer in time');
}

function stateOf(job: QueuedJob, state: Awaited<ReturnType<QueuedJob['getState']>>): JobState {
  const finished = state === 'completed' || state === 'failed';
  const status =
    state === 'completed' ? 'completed'
    : job.data.cancelled ? 'cancelled'
    : state === 'failed' ? 'failed'
    : state === 'active' ? 'running'
    : 'queued';
  return {
    job_id: job.id ?? '',
    kind: job.name,
    status,
    progress: state === 'completed' ? 1 : typeof job.progress === 'number' ? job.progress : 0,
    result_url: state === 'completed' ? resultUrlOf(job.returnvalue) : null,
    error: finished && status === 'failed' ? (job.failedReason ?? null) : null,
  };
}

async function isCancelled(queue: Queue<Envelope, unknown>, job: QueuedJob): Promise<boolean> {
  const newest = job.id === undefined ? undefined : await Job.fromId<Envelope, unknown>(queue, job.id);
  return newest?.data.cancelled === true;
}

/** Another process may be the one that was asked to cancel, so the mark is looked for while the job runs. */
function watchCancellation(queue: Queue<Envelope, unknown>, job: QueuedJob, delay: Delay, cancelled: () => void): () => void {
  let cancel = (): void => undefined;
  let over = false;
  const look = (): void => {
    cancel = delay(WATCH_EVERY_MS, () => {
      isCancelled(queue, job).then(
        (found) => (found ? cancelled() : over ? undefined : look()),
        () => (over ? undefined : look()),
      );
    });
  };
  look();
  return () => {
    over = true;
    cancel();
  };
}
