import { readFileSync } from 'node:fs';
import { Lease, openCluster } from '@nautilus/cluster';
import { ConfigError } from '@nautilus/model';
import type { Ambient } from './composition.ts';
import type { Logger } from './log.ts';
import type { SharedSettings } from './shared-settings.ts';

/**
 * Several processes of one engine, of which one has its turn: it reads the buses and produces. The others answer HTTP
 * and wait.
 */
export interface Turn {
  active(): boolean;
  /** Asked once the turn is over: whether to stop reading now. */
  mayLeave(ownEngineId: string): Promise<boolean>;
  /** Ends this process, which starts again as a waiting one. */
  readonly retire: () => void;
  /** Gives the turn back at the end of the process. */
  close(): Promise<void>;
}

interface Answers {
  readonly health: { readonly status?: unknown; readonly engine_id?: unknown };
  readonly reads: { readonly subscriptions?: readonly unknown[] };
}

/**
 * Blue and green: a mounted file names the active colour. The one that was active goes on until another process
 * answers at the engine's Service, is operational and reads. While the file cannot be read nobody's turn begins: two
 * readers are worse than a pause. Undefined for an engine that has no colour. Throws ConfigError when only a part is
 * set.
 */
export function colourTurn(shared: SharedSettings, retire: () => void, ask: (url: string) => Promise<unknown> = askJson): Turn | undefined {
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
    async mayLeave(ownEngineId) {
      try {
        const [health, reads] = (await Promise.all([ask(`${switchUrl}/health`), ask(`${switchUrl}/messagebus/subscriptions`)])) as [Answers['health'], Answers['reads']];
        return health.status === 'operational' && health.engine_id !== ownEngineId && (reads.subscriptions?.length ?? 0) > 0;
      } catch {
        return false;
      }
    },
    retire,
    close: () => Promise.resolve(),
  };
}

const LEASE_MS = 15_000;
const RENEW_EVERY_MS = 3_000;

/** A lease of the cluster: its holder reads. Rejects where there is no cluster. */
export async function leaseTurn(name: string, holder: string, { clock, delay }: Ambient, log: Logger, retire: () => void): Promise<Turn> {
  const lease = new Lease({
    cluster: await openCluster(), name, holder, clock,
    durationMs: LEASE_MS,
    renewEveryMs: RENEW_EVERY_MS,
    after: delay,
    acquired: () => log.info({ lease: name }, 'this replica holds the lease'),
    lost: () => log.info({ lease: name }, 'this replica holds the lease no more'),
  });
  return { active: () => lease.held, mayLeave: () => Promise.resolve(true), retire, close: () => lease.close() };
}

async function askJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
  return response.json();
}
