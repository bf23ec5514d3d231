import type { PGlite } from '@electric-sql/pglite';
import { lockDirectory } from './directory-lock.ts';
import { TEXT_PARSERS, type Driver, type DriverState, type Parameter, type Sql } from './driver.ts';

/** An empty database as a tar archive of 40 MB. A store in memory that begins with it opens in a fraction of the time. */
export async function makeEmbeddedImage(): Promise<Uint8Array<ArrayBuffer>> {
  const { PGlite: Database } = await import('@electric-sql/pglite');
  const database = await Database.create();
  try {
    return new Uint8Array(await (await database.dumpDataDir('none')).arrayBuffer());
  } finally {
    await database.close();
  }
}

type Queryable = Pick<PGlite, 'query' | 'exec'>;

/**
 * PGlite: PostgreSQL compiled to WebAssembly, inside this process. It has one connection and does one thing after
 * the other; transactions wait for each other. `directory` keeps the data; without it they live in memory.
 */
export class EmbeddedDriver implements Driver {
  readonly name = 'embedded';
  readonly #database: PGlite;
  readonly #release: () => Promise<void>;
  #pending = 0;

  private constructor(database: PGlite, release: () => Promise<void>) {
    this.#database = database;
    this.#release = release;
  }

  /** `image` is where a database in memory begins. Throws ConfigError when another store has the directory open. */
  static async open(directory: string | undefined, image?: Uint8Array<ArrayBuffer>): Promise<EmbeddedDriver> {
    // Some 15 MB of WebAssembly that an engine with a server never loads.
    const { PGlite: Database } = await import('@electric-sql/pglite');
    if (directory === undefined) return new EmbeddedDriver(await Database.create(image === undefined ? {} : { loadDataDir: new Blob([image]) }), () => Promise.resolve());
    const release = await lockDirectory(directory);
    try {
      return new EmbeddedDriver(await Database.create(directory), release);
    } catch (error) {
      await release();
      throw error;
    }
  }

  async query<R extends readonly unknown[]>(text: string, parameters: readonly Parameter[] = []): Promise<R[]> {
    return this.#counted(() => run<R>(this.#database, text, parameters));
  }

  async script(text: string): Promise<void> {
    await this.#counted(() => this.#database.exec(text));
  }

  async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#counted(() =>
      this.#database.transaction((transaction) =>
        work({
          query: (text, parameters = []) => run(transaction, text, parameters),
          script: async (text) => void (await transaction.exec(text)),
        }),
      ),
    );
  }

  state(): DriverState {
    return { connected: !this.#database.closed, active: this.#pending > 0 ? 1 : 0, max: 1, lastError: null };
  }

  async close(): Promise<void> {
    if (this.#database.closed) return;
    await this.#database.close();
    await this.#release();
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    this.#pending += 1;
    try {
      return await work();
    } finally {
      this.#pending -= 1;
    }
  }
}

async function run<R extends readonly unknown[]>(target: Queryable, text: string, parameters: readonly Parameter[]): Promise<R[]> {
  const result = await target.query<R>(text, [...parameters], { rowMode: 'array', parsers: TEXT_PARSERS });
  return result.rows;
}
