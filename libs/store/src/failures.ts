import { types } from 'node:util';
import { InvalidInputError, TransientError, asNautilusError } from '@nautilus/model';

/** A value that cannot be put into a statement at all; met before the server sees it. */
export class EncodingError extends Error {}

/**
 * `data`: these rows can never be written. `transient`: the same statement may succeed later, also after an
 * operator's repair or a migration. `defect`: a fault of this code.
 */
export type Failure = 'data' | 'transient' | 'defect';

/** Value errors, broken constraints, and rows larger than an index takes. */
const DATA = /^(22|23|54)/;
/** Connection, authentication, transaction state, locks, resources (disk full), restart, storage, missing schema. */
const TRANSIENT = /^(08|25|28|3D|3F|40|42P01|42703|53|55|57|58|XX)/;

const OWN_FAULTS: ReadonlySet<string> = new Set(['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError']);

/** The server's five-character code; undefined for errors that no server sent. */
export function sqlState(error: unknown): string | undefined {
  if (!types.isNativeError(error) || typeof Reflect.get(error, 'severity') !== 'string') return undefined;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

export function failureOf(error: unknown): Failure {
  const known = asNautilusError(error);
  if (known !== undefined) return known.kind === 'transient' ? 'transient' : known.kind === 'invalid_input' ? 'data' : 'defect';
  if (error instanceof EncodingError) return 'data';
  const state = sqlState(error);
  if (state !== undefined) return DATA.test(state) ? 'data' : TRANSIENT.test(state) ? 'transient' : 'defect';
  // Without a code it came from the socket or the driver: refused, cut, timed out. Errors of sockets may be of another
  // realm, so that `instanceof` does not know them.
  return types.isNativeError(error) && !OWN_FAULTS.has(error.name) ? 'transient' : 'defect';
}

/** Whether the connection itself is of no more use. */
export function breaksConnection(error: unknown): boolean {
  const state = sqlState(error);
  if (state === undefined) return failureOf(error) === 'transient';
  return /^(08|57P)/.test(state);
}

/** What a caller of the store sees. The text names no value and no address beyond what the server says. */
export function toStoreError(error: unknown): unknown {
  if (asNautilusError(error) !== undefined) return error;
  switch (failureOf(error)) {
    case 'data':
      return new InvalidInputError([{ path: '', message: describe(error) }]);
    case 'transient':
      return new TransientError(`the database is not available: ${describe(error)}`, { cause: error });
    case 'defect':
      return error;
  }
}

export function describe(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  // A host with several addresses fails once per address.
  const parts: unknown = Reflect.get(error, 'errors');
  return error.message || (Array.isArray(parts) ? parts.map(describe).join('; ') : error.name);
}
