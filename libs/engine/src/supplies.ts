import { join } from 'node:path';
import { busesFor, replyTopicFor, routeOf, withAliases, type BusName } from '@nautilus/model';
import { createMemoryBus, createRedisBus, MemoryLink, type BusAmbient, type MemoryNetwork, type RedisAddress } from '@nautilus/bus';
import { openStore, type OpenStoreOptions, type Store } from '@nautilus/store';
import { createIds, systemClock, systemDelay, systemRandom } from './ambient.ts';
import type { Ambient, BusSupply, JobsParts, RunningJobs } from './composition.ts';
import { repositoryRoot } from './identity.ts';
import { createInProcessJobs, JobBoard } from './jobs/in-process-jobs.ts';
import type { LogSink, Logger } from './log.ts';
import { createLogSink, logFile } from './log.ts';
import { busAddresses, type BusAddress, type SharedSettings } from './shared-settings.ts';

/** The parts that compositions choose between, made from settings. */

/** Real clock, chance, ids and delays. */
export function systemAmbient(): Ambient {
  return { clock: systemClock, delay: systemDelay, random: systemRandom, newId: createIds(() => systemClock.now()) };
}

const busAmbient = ({ clock, delay, random, newId }: Ambient): BusAmbient => ({
  now: () => clock.now(), monotonic: () => clock.monotonic(), newId, after: delay, random,
});

/** Redis when an address is set, else the twin over `network`; a test may cut its `link`. */
export function busSupply(shared: SharedSettings, ambient: Ambient, network: MemoryNetwork, link = new MemoryLink()): BusSupply {
  const addresses = busAddresses(shared);
  return {
    transport: addresses === undefined ? 'memory' : 'redis',
    make({ identity, buses, observer, log }) {
      const options = {
        identity, buses, observer, withAliases, busesFor,
        ambient: busAmbient(ambient),
        route: (topic: string) => routeOf(topic, identity.architecture),
        replyTopic: replyTopicFor,
        bufferIntervalMs: shared.busBufferIntervalMs,
        bufferSize: shared.busBufferSize,
        universal: shared.universalBusClient,
        log: (level: 'info' | 'warn' | 'error', text: string, fields: Record<string, unknown> = {}) => log[level](fields, text),
      };
      if (addresses === undefined) return createMemoryBus(network, options, link);
      const servers = Object.fromEntries(buses.map((bus) => [bus, redisAddress(addresses[bus])])) as Partial<Record<BusName, RedisAddress>>;
      return createRedisBus({ ...options, servers });
    },
  };
}

function redisAddress({ host, port, sentinels, master, username, password, confirmingReplicas }: BusAddress): RedisAddress {
  return {
    host, port, confirmingReplicas,
    ...(sentinels.length === 0 ? {} : { sentinels }),
    ...(master === undefined ? {} : { master }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

/** A queue on the Engine Logic Redis where there is one, else in this process. The package of the former is large, and most engines have no jobs. */
export function jobsSupply(shared: SharedSettings, ambient: Ambient): (parts: JobsParts) => Promise<RunningJobs> {
  const address = shared.busEnabled ? busAddresses(shared)?.engine_logic : undefined;
  const boards = new Map<string, JobBoard>();
  return async ({ identity, declarations, context, log }) => {
    const { delay, newId } = ambient;
    if (address !== undefined) {
      const clientName = `nautilus-${identity.engine}-${identity.instance}`;
      const { createBullMqJobs } = await import('./jobs/bullmq-jobs.ts');
      return createBullMqJobs({ declarations, context, engine: identity.name, clientName, address, newId, delay, log });
    }
    const board = boards.get(identity.name) ?? new JobBoard();
    boards.set(identity.name, board);
    return createInProcessJobs({ declarations, context, newId, log, board });
  };
}

/** The database of DATABASE_URL, or the embedded one in a directory (in memory without one). */
export function openConfiguredStore(shared: SharedSettings, ambient: Ambient, log: Logger, embedded: Pick<OpenStoreOptions, 'directory' | 'image'> = {}): Promise<Store> {
  const { clock, delay, random } = ambient;
  const options = { ambient: { now: () => clock.now(), monotonic: () => clock.monotonic(), after: delay, random }, log };
  if (shared.databaseUrl !== undefined) return openStore({ ...options, url: shared.databaseUrl, sslMode: shared.databaseSslMode });
  return openStore({ ...options, ...embedded });
}

export const dataDirectory = (shared: SharedSettings): string => shared.dataDir ?? join(repositoryRoot, 'data');
export const stateDirectory = (shared: SharedSettings): string => shared.stateDir ?? join(repositoryRoot, '.nautilus');

/** Standard output, and `<LOG_DIR>/<service>.log` when a folder is set. */
export function logSinks(shared: SharedSettings, service: string, output: LogSink): readonly LogSink[] {
  return shared.logDir === undefined ? [output] : [output, createLogSink(logFile(shared.logDir, service))];
}
