import { createContext, use, useSyncExternalStore } from 'react';
import type { Session } from '../data/session.ts';
import type { Store } from '../data/store.ts';

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error('no session above this component');
  return session;
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}
