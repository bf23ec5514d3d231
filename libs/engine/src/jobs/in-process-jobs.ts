import { NotFoundError } from '@nautilus/model';
import type { RunningJobs } from '../composition.ts';
import type { Logger } from '../log.ts';
import { draining, jobId, KEPT_JOBS, resultUrlOf, throughJson, unknownKind, withinOne, type JobDeclarations } from './job-values.ts';
import type { JobState } from './jobs.ts';

interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly input: unknown;
  readonly cancelling: AbortController;
  status: JobState['status'];
  progress: number;
  result: unknown;
  error: string | null;
}

const stateOf = (entry: Entry): JobState => ({
  job_id: entry.id,
  kind: entry.kind,
  status: entry.status,
  progress: entry.progress,
  result_url: entry.status === 'completed' ? resultUrlOf(entry.result) : null,
  error: entry.error,
});

/** Jobs by id. Twins of one engine share a board, as they share a queue on a server. */
export class JobBoard {
  readonly #entries = new Map<string, Entry>();

  find(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** The oldest finished jobs make room. */
  add(entry: Entry): void {
    this.#entries.set(entry.id, entry);
    if (this.#entries.size <= KEPT_JOBS) return;
    for (const [id, old] of this.#entries) {
      if (old.status === 'queued' || old.status === 'running') continue;
      this.#entries.delete(id);
      return;
    }
  }
}

export interface InProcessJobsOptions {
  readonly declarations: JobDeclarations;
  readonly context: unknown;
  readonly newId: () => string;
  readonly log: Logger;
  readonly board?: JobBoard;
}

/** A queue in this process: what is waiting or running when the process ends is gone. */
export function createInProcessJobs({ declarations, context, newId, log, board = new JobBoard() }: InProcessJobsOptions): RunningJobs {
  const waiting = new Map<string, Entry[]>(Object.keys(declarations).map((kind) => [kind, []]));
  const running = new Map<Entry, Promise<void>>();
  let closing = false;

  const runOne = async (entry: Entry): Promise<void> => {
    entry.status = 'running';
    try {
      const run = { jobId: entry.id, signal: entry.cancelling.signal, progress: (fraction: number) => void (entry.progress = withinOne(fraction)) };
      const result = throughJson(await declarations[entry.kind]?.run(entry.input, run, context));
      if (entry.cancelling.signal.aborted) return;
      Object.assign(entry, { status: 'completed', progress: 1, result });
    } catch (error) {
      if (entry.cancelling.signal.aborted) return;
      Object.assign(entry, { status: 'failed', error: error instanceof Error ? error.message : String(error) });
      log.warn({ error, job_id: entry.id, kind: entry.kind }, 'a job failed');
    }
  };
  const fill = (kind: string): void => {
    const queue = waiting.get(kind) ?? [];
    const limit = declarations[kind]?.concurrency ?? 1;
    while (!closing && queue.length > 0 && [...running.keys()].filter((entry) => entry.kind === kind).length < limit) {
      const entry = queue.shift();
      if (entry === undefined || entry.status === 'cancelled') continue;
      running.set(entry, runOne(entry).finally(() => {
        running.delete(entry);
        fill(kind);
      }));
    }
  };
  const cancel = (entry: Entry): void => {
    if (entry.status !== 'queued' && entry.status !== 'running') return;
    entry.status = 'cancelled';
    entry.cancelling.abort();
  };

  return {
    async submit(kind, input) {
      if (!Object.hasOwn(declarations, kind)) throw unknownKind(kind, declarations);
      if (closing) throw draining();
      const entry: Entry = {
        id: jobId(kind, newId()), kind, input: throughJson(input), cancelling: new AbortController(), status: 'queued', progress: 0, result: null, error: null,
      };
      const state = stateOf(entry);
      board.add(entry);
      waiting.get(kind)?.push(entry);
      fill(kind);
      return state;
    },
    async get(id) {
      const entry = board.find(id);
      return entry === undefined ? undefined : stateOf(entry);
    },
    async cancel(id) {
      const entry = board.find(id);
      if (entry === undefined) return undefined;
      cancel(entry);
      return stateOf(entry);
    },
    async result(id) {
      const entry = board.find(id);
      if (entry?.status !== 'completed') throw new NotFoundError('job', `no completed job ${id}`);
      return entry.result;
    },
    async close() {
      closing = true;
      for (const entry of [...waiting.values()].flat()) cancel(entry);
      for (const entry of running.keys()) cancel(entry);
      await Promise.all(running.values());
    },
  };
}
