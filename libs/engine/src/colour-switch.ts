import { readFileSync } from 'node:fs';
import { ConfigError } from '@nautilus/model';
import type { SharedSettings } from './shared-settings.ts';

/**
 * One of two deployments of an engine, blue and green, of which one reads the buses. A mounted file names the active
 * colour. The other one answers HTTP and waits; the one that was active goes on until its successor reads.
 */
export interface ColourSwitch {
  /** False also while the file cannot be read: two readers are worse than a pause. */
  active(): boolean;
  /** Whether another process answers at the engine's Service, is operational and reads the buses. */
  successorReads(ownEngineId: string): Promise<boolean>;
  /** Ends this process, which starts again as the waiting one. */
  readonly retire: () => void;
}

interface Answers {
  readonly health: { readonly status?: unknown; readonly engine_id?: unknown };
  readonly reads: { readonly subscriptions?: readonly unknown[] };
}

/** Undefined for an engine that has no colour. Throws ConfigError when only a part is set. */
export function colourSwitchOf(shared: SharedSettings, retire: () => void, ask: (url: string) => Promise<unknown> = askJson): ColourSwitch | undefined {
  const { colour, switchFile, switchUrl } = shared;
  if (colour === undefined || switchFile === undefined || switchUrl === undefined) {
    if (switchFile === undefined && switchUrl === undefined) return undefined;
    throw new ConfigError([{ path: 'NAUTILUS_COLOUR', message: 'NAUTILUS_SWITCH_FILE and NAUTILUS_SWITCH_URL go together' }]);
  }
  return {
    active() {
      try {
        return readFileSync(switchFile, 'utf8').trim() === colour;
      } catch {
        return false;
      }
    },
    async successorReads(ownEngineId) {
      try {
        const [health, reads] = (await Promise.all([ask(`${switchUrl}/health`), ask(`${switchUrl}/messagebus/subscriptions`)])) as [Answers['health'], Answers['reads']];
        return health.status === 'operational' && health.engine_id !== ownEngineId && (reads.subscriptions?.length ?? 0) > 0;
      } catch {
        return false;
      }
    },
    retire,
  };
}

async function askJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
  return response.json();
}
