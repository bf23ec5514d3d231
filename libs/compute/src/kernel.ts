import { InvalidInputError } from '@nautilus/model';
import type { z } from 'zod';
import type { Columns } from './columns.ts';

/** What a kernel gives back: plain values, and columns of doubles. */
export interface KernelOutput {
  readonly value: unknown;
  readonly columns: Columns;
}

/** Yields between steps, where it may be stopped and where others may be served. */
export type KernelRun = Generator<void, KernelOutput>;

/** Reads plain parameters and columns and touches nothing else: equal input gives equal bits in every process. */
export type Kernel = (parameters: unknown, columns: Columns) => KernelRun;

/** A kernel from the schema of its parameters. A generator throws InvalidInputError for parameters that do not fit. */
export function kernel<Schema extends z.ZodType>(schema: Schema, run: (parameters: z.infer<Schema>, columns: Columns) => KernelRun): Kernel {
  return function* checked(parameters, columns) {
    const parsed = schema.safeParse(parameters);
    if (!parsed.success) throw new InvalidInputError(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
    return yield* run(parsed.data, columns);
  };
}

/** @throws InvalidInputError when it is not there */
export function columnOf(columns: Columns, name: string): Float64Array {
  const column = columns[name];
  if (column === undefined) throw new InvalidInputError([{ path: `columns.${name}`, message: 'is missing' }]);
  return column;
}
