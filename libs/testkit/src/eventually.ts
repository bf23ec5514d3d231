import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

export interface EventuallyOptions {
  /** How long to keep trying, in milliseconds. */
  readonly deadlineMs?: number;
  /** Pause between two tries, in milliseconds. */
  readonly intervalMs?: number;
  /** What is waited for; begins the failure message. */
  readonly describe?: string;
}

interface Expect {
  getState(): { readonly assertionCalls: number };
}

function assertionsSoFar(): number {
  const { expect } = globalThis as unknown as { expect?: Expect };
  return expect?.getState().assertionCalls ?? 0;
}

/**
 * Tries `probe` until it holds and returns its value. It holds when it does not throw and either returns
 * something truthy, or returns undefined after it made an assertion with Jest's `expect`. A look-up that
 * returns undefined has asserted nothing and is tried again, so it cannot pass by accident.
 * @throws Error at the deadline, with the last value or error in the message and the error as its cause.
 */
export async function eventually<T>(probe: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { deadlineMs = 10_000, intervalMs = 20, describe = 'the condition' } = options;
  const deadline = performance.now() + deadlineMs;
  let last: string;
  let cause: unknown;
  do {
    try {
      const assertionsBefore = assertionsSoFar();
      const value = await probe();
      if (value || (value === undefined && assertionsSoFar() > assertionsBefore)) return value;
      last = `last value: ${inspect(value)}`;
      cause = undefined;
    } catch (error) {
      last = `last error: ${error instanceof Error ? error.message : inspect(error)}`;
      cause = error;
    }
    await sleep(intervalMs);
  } while (performance.now() < deadline);
  throw new Error(`Waited ${deadlineMs} ms for ${describe}; ${last}`, { cause });
}
