/** A failed request in the terms of RFC 9457, or the nearest words for it when no server answered. */
export interface Problem {
  readonly title: string;
  readonly detail: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;
}

export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** `error` as a problem; anything unknown becomes "No answer". */
export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { title: 'No answer from the server', detail, status: 0, requestId: null, retryAfterMs: null };
}
