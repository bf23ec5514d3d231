import events from 'node:events';

/**
 * Jest gives every test file modules and globals of its own, so a cache in a module lasts for one file. Only
 * Node's built-in modules are one per process: the cache hangs on one of them.
 */
const key = Symbol.for('nautilus.testkit.per-process');
const host = events as unknown as Record<symbol, Map<string, Promise<unknown>> | undefined>;

/** The same value for every test file of this process; keep to plain data, because the first file's code may be gone. */
export function oncePerProcess<T>(name: string, create: () => Promise<T>): Promise<T> {
  const cache = (host[key] ??= new Map());
  const known = cache.get(name);
  if (known !== undefined) return known as Promise<T>;
  const created = create();
  cache.set(name, created);
  return created;
}
