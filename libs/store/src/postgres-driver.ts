import pg from 'pg';
import { ConfigError, TransientError } from '@nautilus/model';
import { parserOf, type Driver, type DriverState, type Parameter, type Sql } from './driver.ts';
import { breaksConnection, describe, failureOf, sqlState } from './failures.ts';

export type SslMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
const SSL_MODES: ReadonlySet<string> = new Set<SslMode>(['disable', 'prefer', 'require', 'verify-ca', 'verify-full']);

export interface PostgresOptions {
  readonly url: string;
  /** A `sslmode` in the URL wins. */
  readonly sslMode: SslMode;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** A statement that takes longer counts as lost with its connection: a link that died silently must not hang. */
  readonly statementTimeoutMs: number;
  readonly onDisconnect: () => void;
}

type Ssl = false | { rejectUnauthorized: boolean; checkServerIdentity?: () => undefined };

/**
 * PostgreSQL over TCP through a pool. Nothing connects before the first statement; a lost server is connected to
 * again by the next statement, so that back-off is the caller's choice.
 */
export class PostgresDriver implements Driver {
  readonly name = 'postgresql';
  readonly #options: PostgresOptions;
  readonly #mode: SslMode;
  readonly #connectionString: string;
  #pool: pg.Pool;
  #encrypted: boolean;
  #connected = false;
  #lastError: string | null = null;

  constructor(options: PostgresOptions) {
    const target = parseUrl(options.url, options.sslMode);
    this.#options = options;
    this.#mode = target.mode;
    this.#connectionString = target.connectionString;
    this.#encrypted = target.mode !== 'disable' && !target.local;
    this.#pool = this.#newPool();
  }

  async query<R extends readonly unknown[]>(text: string, parameters: readonly Parameter[] = []): Promise<R[]> {
    return this.#withClient((client) => run<R>(client, text, parameters, this.#options.statementTimeoutMs));
  }

  async script(text: string): Promise<void> {
    await this.#withClient((client) => client.query(text));
  }

  /** Its statements may take ten times as long as others: migrations, roll-ups, reading much. */
  async transaction<T>(work: (sql: Sql) => Promise<T>, options: { readonly snapshot?: boolean } = {}): Promise<T> {
    const patience = this.#options.statementTimeoutMs * 10;
    return this.#withClient(async (client) => {
      await client.query(options.snapshot === true ? 'begin isolation level repeatable read read only' : 'begin');
      try {
        const result = await work({
          query: (text, parameters = []) => run(client, text, parameters, patience),
          script: async (text) => void (await client.query(withTimeout({ text }, patience))),
        });
        await client.query('commit');
        return result;
      } catch (error) {
        if (!breaksConnection(error)) await client.query('rollback');
        throw error;
      }
    });
  }

  state(): DriverState {
    return {
      connected: this.#connected,
      active: this.#pool.totalCount - this.#pool.idleCount,
      max: this.#options.maxConnections,
      lastError: this.#lastError,
    };
  }

  async close(): Promise<void> {
    this.#connected = false;
    await this.#pool.end();
  }

  async #withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      if (breaksConnection(error)) {
        broken = true;
        this.#lost(error);
      } else if (failureOf(error) === 'transient') {
        this.#lastError = describe(error);
      }
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      const client = await this.#pool.connect().catch((error: unknown) => {
        if (!this.#changesEncryption(error)) throw error;
        const old = this.#pool;
        this.#encrypted = !this.#encrypted;
        this.#pool = this.#newPool();
        // Its connections in use finish their work first; nobody needs to wait for that.
        void old.end();
        return this.#pool.connect();
      });
      this.#connected = true;
      this.#lastError = null;
      return client;
    } catch (error) {
      this.#lost(error);
      throw sqlState(error) === undefined ? new TransientError(`cannot connect to the database: ${describe(error)}`, { cause: error }) : error;
    }
  }

  /** `prefer` means TLS first and plain text where the server has no TLS, as other clients do it. */
  #changesEncryption(error: unknown): boolean {
    if (this.#mode !== 'prefer') return false;
    if (this.#encrypted) return describe(error) === 'The server does not support SSL connections';
    return sqlState(error)?.startsWith('28') === true && /no encryption/.test(describe(error));
  }

  #lost(error: unknown): void {
    this.#lastError = describe(error);
    this.#connected = false;
    this.#options.onDisconnect();
  }

  #newPool(): pg.Pool {
    const pool = new pg.Pool({
      connectionString: this.#connectionString,
      ssl: this.#encrypted ? sslOf(this.#mode) : false,
      max: this.#options.maxConnections,
      connectionTimeoutMillis: this.#options.connectTimeoutMs,
      query_timeout: this.#options.statementTimeoutMs,
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      application_name: 'nautilus',
    });
    // A lost connection fails its statement, where it is dealt with; an 'error' event that nobody hears ends the process.
    pool.on('connect', (client) => void client.on('error', () => undefined));
    // An idle connection that the server cuts; the pool has removed it already.
    pool.on('error', (error) => this.#lost(error));
    return pool;
  }
}

async function run<R extends readonly unknown[]>(
  client: pg.PoolClient, text: string, parameters: readonly Parameter[], timeoutMs: number,
): Promise<R[]> {
  const result = await client.query<R[number][]>(withTimeout({
    text,
    values: parameters.map((value) => (value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value) : value)),
    rowMode: 'array' as const,
    types: { getTypeParser: (oid: number) => parserOf(oid) },
  }, timeoutMs));
  return result.rows as unknown as R[];
}

/** pg reads a time-out of the single query, which its types do not mention. */
function withTimeout<C extends object>(config: C, timeoutMs: number): C {
  return { ...config, query_timeout: timeoutMs };
}

function sslOf(mode: SslMode): Ssl {
  switch (mode) {
    case 'verify-full':
      return { rejectUnauthorized: true };
    case 'verify-ca':
      return { rejectUnauthorized: true, checkServerIdentity: () => undefined };
    default:
      return { rejectUnauthorized: false };
  }
}

/** The URL without `sslmode`, which the driver would read in its own way. Throws ConfigError without repeating the URL. */
function parseUrl(text: string, fallback: SslMode): { connectionString: string; mode: SslMode; local: boolean } {
  const problem = (message: string): ConfigError => new ConfigError([{ path: 'DATABASE_URL', message }]);
  if (!URL.canParse(text)) throw problem('is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'postgresql:' && url.protocol !== 'postgres:') throw problem('does not begin with postgresql://');
  const mode = url.searchParams.get('sslmode') ?? fallback;
  if (!SSL_MODES.has(mode)) throw problem(`has an sslmode other than ${[...SSL_MODES].join(', ')}`);
  url.searchParams.delete('sslmode');
  return { connectionString: url.href, mode: mode as SslMode, local: url.searchParams.get('host')?.startsWith('/') === true };
}
