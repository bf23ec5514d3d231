import type { Store } from '@nautilus/store';

/** A store that is there and empty and keeps nothing, for engines of which a test asks nothing stored; `more` adds what it must offer. */
export const noStore = (more: object = {}): Store => ({
  schemaVersion: () => Promise.resolve({ found: 1, expected: 1 }),
  ping: () => Promise.resolve(1),
  status: () => ({ connectionsActive: 0, connectionsMax: 0 }),
  flush: () => Promise.resolve(),
  snapshots: { get: () => Promise.resolve(undefined), put: () => Promise.resolve(), keys: () => Promise.resolve([]) },
  ...more,
}) as unknown as Store;
