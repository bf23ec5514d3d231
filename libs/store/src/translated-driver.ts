import type { Driver } from './driver.ts';
import { toStoreError } from './failures.ts';

/** The driver, throwing what callers of the store understand. */
export function translated(driver: Driver): Driver {
  const rethrow = (error: unknown): never => {
    throw toStoreError(error);
  };
  return {
    name: driver.name,
    query: (text, parameters) => driver.query<never>(text, parameters).catch(rethrow),
    script: (text) => driver.script(text).catch(rethrow),
    transaction: (work, options) => driver.transaction(work, options).catch(rethrow),
    state: () => driver.state(),
    close: () => driver.close(),
  };
}
