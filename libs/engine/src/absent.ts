import { TransientError } from '@nautilus/model';
import type { Bus } from '@nautilus/bus';
import type { Store } from '@nautilus/store';

/** The store of an engine that declares no need of one: any use of it throws TransientError. */
export function absentStore(engine: string): Store {
  return new Proxy({} as Store, {
    get(_target, member) {
      // A promise that resolves to this object looks for `then`, which is no use of the store.
      if (member === 'then' || typeof member === 'symbol') return undefined;
      throw new TransientError(`${engine} does not declare the need of a store`);
    },
  });
}

/**
 * The bus of MESSAGEBUS_ENABLED=0: nobody listens, so publishing is done at once and nothing ever arrives. What
 * waits for an answer gets TransientError and takes its local way.
 */
export function absentBus(): Bus {
  const nobody = (): Promise<never> => Promise.reject(new TransientError('the message bus is switched off (MESSAGEBUS_ENABLED=0)'));
  const done = (): Promise<void> => Promise.resolve();
  return {
    publish: done,
    consume: (consumption) => Promise.resolve({ group: consumption.group, patterns: [], close: done }),
    request: nobody,
    reply: done,
    replay: nobody,
    deadLetters: () => Promise.resolve([]),
    putDeadLetter: nobody,
    retryDeadLetter: nobody,
    putBulk: nobody,
    takeBulk: nobody,
    discovered: () => Promise.resolve([]),
    status: () => [],
    ping: () => Promise.resolve(undefined),
    flush: done,
    close: done,
  };
}
