import { createContext, use, useEffect, useSyncExternalStore } from 'react';
import type { Session } from '../data/session.ts';
import type { Resource } from '../data/poller.ts';
import type { Store } from '../data/store.ts';
import type { Watched } from '../data/watched.ts';

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error('no session above this component');
  return session;
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Asks for it as long as the component is shown. One component may use the same one at a time. */
export function useWatched<T>(watched: Watched<T>): Resource<T> {
  useEffect(() => {
    watched.start();
    return () => watched.stop();
  }, [watched]);
  return useStore(watched.resource);
}
