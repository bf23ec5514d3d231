import type { EngineContext, SettingsShape } from '@nautilus/engine';
import { topics, type Provenance } from '@nautilus/model';
import type { SourceStatus } from './sources/source.ts';

type Announcer = Pick<EngineContext<SettingsShape, unknown, Readonly<Record<string, never>>>, 'bus' | 'log'>;

/** On the operators' bus. A lost message is no loss: the state is also polled, and the next change tells it again. */
export function announce({ bus, log }: Announcer, feed: string, status: object, provenance: Provenance): void {
  bus.publish(topics.marketData.status.of(feed), status, { provenance }).catch((error: unknown) => {
    log.warn({ feed, error: String(error) }, 'the state of a feed was not published');
  });
}

export function announceSource(announcer: Announcer, { source, state, circuit, lastError }: SourceStatus): void {
  announce(announcer, source, { state, circuit, reason: reasonOf(state), last_error: lastError?.message ?? null }, 'live');
}

/** Why a source is not asked at all; null for one that may be. */
export function reasonOf(state: SourceStatus['state']): 'no_credentials' | 'switched_off' | null {
  return state === 'not_configured' ? 'no_credentials' : state === 'off' ? 'switched_off' : null;
}
