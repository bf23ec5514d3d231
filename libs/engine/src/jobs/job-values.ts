import { InvalidInputError, TransientError, wireJson } from '@nautilus/model';
import type { JobDeclaration } from './jobs.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the context's type is known where the job was written
export type JobDeclarations = Readonly<Record<string, JobDeclaration<any>>>;

/** As it is after a journey through JSON, so that both queues hand a job the same thing. */
export function throughJson(value: unknown): unknown {
  const text: string | undefined = wireJson(value);
  return text === undefined ? null : JSON.parse(text);
}

/** Finished jobs that stay to be asked about, per kind. */
export const KEPT_JOBS = 1_000;

export function resultUrlOf(result: unknown): string | null {
  const url: unknown = typeof result === 'object' && result !== null ? Reflect.get(result, 'result_url') : undefined;
  return typeof url === 'string' ? url : null;
}

/** The id tells the kind, so that a job is found without asking every queue. */
export const jobId = (kind: string, id: string): string => `${kind}-${id}`;

export function kindOf(id: string, declarations: JobDeclarations): string | undefined {
  return Object.keys(declarations)
    .filter((kind) => id.startsWith(`${kind}-`))
    .sort((a, b) => b.length - a.length)[0];
}

export function unknownKind(kind: string, declarations: JobDeclarations): InvalidInputError {
  const known = Object.keys(declarations).join(', ');
  return new InvalidInputError([{ path: 'kind', message: `"${kind}" is no job; known: ${known || 'none'}` }]);
}

export const draining = (): TransientError => new TransientError('the engine is ending and takes no jobs');

export const withinOne = (fraction: number): number => (Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0);
