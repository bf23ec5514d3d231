import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { onFreePort } from '../free-port.ts';
import { foundServers } from './found.ts';
import { oncePerProcess } from './per-process.ts';
import { ServerProcess } from './server-process.ts';

export interface RedisOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Where data is kept; created when absent. Default: a temporary folder. Everything in it is removed by `stop`. */
  readonly dir?: string;
  /** Every write is in the append-only file before its reply. Default: false, nothing is written to disk. */
  readonly appendonly?: boolean;
  readonly password?: string;
}

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  /** Runs redis-cli with these arguments; resolves to what it printed, trimmed. Rejects when the command failed. */
  cli(...args: readonly string[]): Promise<string>;
}

export interface RedisServer extends RedisAddress {
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /**
   * Same port again, after `kill` as well. With `keepData` a running server saves before it ends; a killed one
   * comes back with what its append-only file holds. Without, it comes back empty.
   */
  restart(options: { readonly keepData: boolean }): Promise<void>;
  /** SIGSTOP: connections stay open and nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

const host = '127.0.0.1';

async function runCli(port: number, password: string | undefined, args: readonly string[]): Promise<string> {
  const program = join(dirname(foundServers().redis), 'redis-cli');
  const environment = { ...process.env, ...(password === undefined ? {} : { REDISCLI_AUTH: password }) };
  const { stdout } = await promisify(execFile)(program, ['-e', '-h', host, '-p', String(port), ...args], { env: environment });
  return stdout.trim();
}

/** A redis-server of its own for one test or file; the caller stops it. It ends with this process in any case. */
export function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  return onFreePort(options.port, (port) => startRedisOn(port, options));
}

async function startRedisOn(port: number, options: RedisOptions): Promise<RedisServer> {
  const { redis } = foundServers();
  const folder = options.dir ?? mkdtempSync(join(tmpdir(), 'nautilus-redis-'));
  mkdirSync(folder, { recursive: true });
  const args = ['--port', String(port), '--bind', host, '--dir', folder, '--save', '', '--daemonize', 'no'];
  args.push('--appendonly', options.appendonly === true ? 'yes' : 'no', '--appendfsync', 'no');
  if (options.password !== undefined) args.push('--requirepass', options.password);
  const server = new ServerProcess({ program: redis, args, folder, endSignal: 'KILL' });
  const cli = (...command: readonly string[]): Promise<string> => runCli(port, options.password, command);
  const start = (): Promise<void> =>
    server.start(async (pid) => {
      const info = await cli('INFO');
      if (!info.includes(`process_id:${pid}\r\n`) || !info.includes('loading:0\r\n')) throw new Error(`answered:\n${info}`);
    });
  try {
    await start();
  } catch (error) {
    await server.dispose();
    throw error;
  }
  return {
    host,
    port,
    cli,
    stop: () => server.dispose(),
    kill: () => server.end('SIGKILL'),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async restart({ keepData }) {
      server.signal('SIGCONT');
      if (server.isRunning()) {
        if (keepData) {
          // The server closes the connection instead of answering, which redis-cli may report as a failure.
          await cli('SHUTDOWN', 'SAVE').catch(() => undefined);
          await server.ended();
        } else await server.end('SIGKILL');
      }
      if (!keepData) for (const name of readdirSync(folder)) if (!name.startsWith('server.')) rmSync(join(folder, name), { recursive: true });
      await start();
    },
  };
}

/**
 * The one redis-server of this Jest worker, for tests that only need a Redis: keep apart by `uniquePrefix()` or
 * by a database number of your own, and leave the server running.
 */
export async function sharedRedis(): Promise<RedisAddress> {
  const { port } = await oncePerProcess('redis', async () => ({ port: (await startRedis()).port }));
  return { host, port, cli: (...args) => runCli(port, undefined, args) };
}
