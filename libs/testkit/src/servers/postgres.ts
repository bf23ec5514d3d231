import pg from 'pg';
import { onFreePort } from '../free-port.ts';
import { uniquePrefix } from '../unique-prefix.ts';
import { foundServers } from './found.ts';
import { oncePerProcess } from './per-process.ts';
import type { PostgresBackend, PostgresLaunch } from './postgres-backend.ts';
import { containerBackend } from './postgres-container.ts';
import { programsBackend } from './postgres-programs.ts';

export interface PostgresOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Load TimescaleDB. Default: true; false gives the plain PostgreSQL of a user who has none. */
  readonly timescale?: boolean;
  /** A commit waits for the disk, as in production. Default: false, which is faster and enough for tests. */
  readonly durable?: boolean;
}

export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  /** Of the maintenance database `postgres`, as superuser; tests make databases of their own. */
  readonly url: string;
  /** Whether TimescaleDB can be had in this server's databases; with the features under Apache licence only. */
  readonly timescale: boolean;
  /** Makes an empty database, with the extension where the server has it; resolves to its URL. */
  createDatabase(name?: string): Promise<string>;
}

export interface PostgresServer extends PostgresAddress {
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
  /** SIGKILL. `restart` brings it back through crash recovery. */
  kill(): Promise<void>;
  /** Same port and data again; clients are disconnected. */
  restart(): Promise<void>;
}

const host = '127.0.0.1';
const user = 'nautilus';

function urlOf(port: number, database: string): string {
  return `postgres://${user}@${host}:${port}/${database}`;
}

/** Runs statements on a connection of their own. @returns the rows of the last. */
export async function runSql(url: string, ...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined); // a lost connection also fails the query, which is where it is reported
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

function settings({ timescale = true, durable = false }: PostgresOptions, token: string): Record<string, string> {
  return {
    cluster_name: token,
    shared_buffers: '64MB',
    max_connections: '100',
    wal_level: 'minimal',
    max_wal_senders: '0',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...(timescale
      ? {
          shared_preload_libraries: 'timescaledb',
          'timescaledb.telemetry_level': 'off',
          'timescaledb.license': 'apache',
          // Its background workers hold databases open, so that they cannot be dropped; Nautilus uses none.
          'timescaledb.max_background_workers': '0',
        }
      : {}),
  };
}

function address(port: number, timescale: boolean): PostgresAddress {
  const url = urlOf(port, 'postgres');
  return {
    host,
    port,
    url,
    timescale,
    async createDatabase(name = uniquePrefix()) {
      // template1 may be in use or changed, template0 never is.
      await runSql(url, `CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8'`);
      const created = urlOf(port, encodeURIComponent(name));
      if (timescale) await runSql(created, 'CREATE EXTENSION IF NOT EXISTS timescaledb');
      return created;
    },
  };
}

/** A PostgreSQL of its own for one test or file; the caller stops it. It ends with this process in any case. */
export function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  return onFreePort(options.port, (port) => startPostgresOn(port, options));
}

async function startPostgresOn(port: number, options: PostgresOptions): Promise<PostgresServer> {
  const { postgres: found } = foundServers();
  const token = uniquePrefix();
  const launch: PostgresLaunch = { port, user, settings: settings(options, token) };
  const backend: PostgresBackend = await (found.kind === 'programs' ? programsBackend(found, launch) : containerBackend(found, launch));
  const start = (): Promise<void> =>
    backend.start(async () => {
      const [row] = await runSql(urlOf(port, 'postgres'), 'SHOW cluster_name');
      if (row?.['cluster_name'] !== token) throw new Error(`Another server answers on port ${port}.`);
    });
  try {
    await start();
  } catch (error) {
    await backend.dispose();
    throw error;
  }
  return {
    ...address(port, options.timescale ?? true),
    stop: () => backend.dispose(),
    kill: () => backend.kill(),
    async restart() {
      await backend.end();
      await start();
    },
  };
}

/** The one PostgreSQL with TimescaleDB of this Jest worker: make a database of your own and leave the server running. */
export async function sharedPostgres(): Promise<PostgresAddress> {
  const { port } = await oncePerProcess('postgres', async () => ({ port: (await startPostgres()).port }));
  return address(port, true);
}
