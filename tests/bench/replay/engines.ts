import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, startNode, startPostgres, startRedis, type Child } from '@nautilus/testkit';
import { openStore } from '@nautilus/store';
import { systemAmbient } from '../../../libs/testkit/src/conformance/store-builders.ts';

export const ENGINES = ['marketdata', 'features', 'vpin', 'websocket'] as const;
export type EngineName = (typeof ENGINES)[number];

/** One engine as a process of its own, seen through HTTP only. */
export interface EngineProcess {
  readonly url: string;
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
  /** CPU time of the process so far, all its threads, in microseconds. */
  cpuMicros(): Promise<number>;
  /** Samples of one metric: labels as printed, `''` without any. */
  metric(name: string): Promise<ReadonlyMap<string, number>>;
}

export interface Platform {
  readonly engines: Readonly<Record<EngineName, EngineProcess>>;
  /** Port of the Redis of the market data bus. */
  readonly marketDataPort: number;
  readonly redisVersion: string;
  readonly databaseVersion: string;
  stop(): Promise<void>;
}

/** An engine that was busy closes kept connections just when the next request comes. */
const ONCE = { connection: 'close' };
const READY_MS = 240_000;

/**
 * Redis for two buses (AOF everysec, as deployed), PostgreSQL whose commits wait for the disk, and the four engines, each a
 * process started from its sources. `--cpu-prof` of this program profiles each of them too.
 */
export async function startPlatform(names: readonly EngineName[] = ENGINES): Promise<Platform> {
  const [marketData, logic, postgres] = await Promise.all([startRedis({ appendonly: true }), startRedis({ appendonly: true }), startPostgres({ durable: true })]);
  const folder = mkdtempSync(join(tmpdir(), 'nautilus-replay-'));
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children) child.process.kill('SIGTERM');
    await Promise.all(children.map((child) => child.ended));
    await Promise.all([marketData.stop(), logic.stop(), postgres.stop()]);
    rmSync(folder, { recursive: true });
  };
  try {
    for (const redis of [marketData, logic]) await redis.cli('CONFIG', 'SET', 'appendfsync', 'everysec');
    const databaseUrl = await postgres.createDatabase();
    const store = await openStore({ url: databaseUrl, ambient: systemAmbient });
    await store.migrate();
    const databaseVersion = store.offers.serverVersion;
    await store.close(10_000);
    const environment = {
      NODE_OPTIONS: process.execArgv.filter((option) => option.startsWith('--cpu-prof')).join(' '), NODE_COMPILE_CACHE: join(tmpdir(), 'nautilus-replay-code'),
      MARKETDATA_REDIS_HOST: marketData.host, MARKETDATA_REDIS_PORT: String(marketData.port),
      ENGINE_LOGIC_REDIS_HOST: logic.host, ENGINE_LOGIC_REDIS_PORT: String(logic.port),
      DATABASE_URL: databaseUrl, DATABASE_SSL_MODE: 'disable', NAUTILUS_STATE_DIR: folder, NAUTILUS_DRAIN_WAIT_MS: '0', API_RATE_LIMIT: '0', PORT: '0',
      MARKETDATA_REPLAY_AUTOSTART: '0', MARKETDATA_REPLAY_PREROLL_SESSIONS: '0', MARKETDATA_REPLAY_LOOP: '0',
      // Room for one client that reads in the same moment as everybody else works.
      WEBSOCKET_SOFT_LIMIT_BYTES: '500000000', WEBSOCKET_HARD_LIMIT_BYTES: '1000000000',
    };
    const engines = await Promise.all(names.map(async (name) => {
      const child = startNode(fileURLToPath(new URL(`../../../services/${name}/src/main.ts`, import.meta.url)), environment);
      children.push(child);
      const line = await eventually(() => {
        if (child.process.exitCode !== null) throw new Error(`${name} ended: ${child.err.join('\n')}`);
        return child.log().find((entry) => entry['message'] === 'ready' || entry['message'] === 'degraded');
      }, { deadlineMs: READY_MS, describe: `${name} to be ready` });
      const engine = engineAt(`http://127.0.0.1:${String(line?.['port'])}`);
      return [name, engine] as const;
    }));
    const redisVersion = /redis_version:(\S+)/.exec(await marketData.cli('INFO', 'server'))?.[1] ?? 'unknown';
    return { engines: Object.fromEntries(engines) as Platform['engines'], marketDataPort: marketData.port, redisVersion, databaseVersion, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function engineAt(url: string): EngineProcess {
  const ask = async (path: string, init?: RequestInit): Promise<unknown> => {
    const answer = await fetch(url + path, { ...init, headers: { ...init?.headers, ...ONCE } });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const metric = async (name: string): Promise<ReadonlyMap<string, number>> => {
    const text = await (await fetch(`${url}/metrics`, { headers: ONCE })).text();
    const found = new Map<string, number>();
    for (const line of text.split('\n')) {
      const [, sample, labels = '', value] = /^([a-zA-Z_:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (sample === name) found.set(labels, Number(value));
    }
    return found;
  };
  return {
    url,
    get: (path) => ask(path),
    post: (path, body) => ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    cpuMicros: async () => ((await metric('process_cpu_seconds_total')).get('') ?? NaN) * 1e6,
    metric,
  };
}
