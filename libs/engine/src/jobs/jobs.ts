/**
 * Long work behind one port: BullMQ on the Engine Logic Redis, or a queue in this process. Both pass one
 * conformance suite. `GET /jobs/{job_id}` and `DELETE /jobs/{job_id}` serve what is here.
 */
export interface Jobs {
  /** Starts the declared job `kind` and gives its state at once (`queued`). InvalidInputError for an unknown kind. */
  submit(kind: string, input: unknown): Promise<JobState>;
  get(id: string): Promise<JobState | undefined>;
  /** Undefined when unknown; a finished job stays as it is. */
  cancel(id: string): Promise<JobState | undefined>;
  /** What a completed job gave, as JSON carries it. NotFoundError for an unknown or unfinished one. */
  result(id: string): Promise<unknown>;
}

export interface JobState {
  readonly job_id: string;
  readonly kind: string;
  readonly status: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';
  /** 0 to 1. */
  readonly progress: number;
  /** The `result_url` of the value that the job gave, if it names one. */
  readonly result_url: string | null;
  readonly error: string | null;
}

export interface JobDeclaration<Context> {
  readonly summary: string;
  /**
   * Runs at least once, so a repeat must have the effect of one. Reports progress in 0…1; stops early when the
   * signal ends (cancelled, or the engine drains: then it is taken up again). Its value is kept as the result.
   */
  readonly run: (input: unknown, run: JobRun, context: Context) => Promise<unknown>;
  /** Runs at once in this process, default 1. */
  readonly concurrency?: number;
}

export interface JobRun {
  readonly jobId: string;
  readonly signal: AbortSignal;
  progress(fraction: number): void;
}
