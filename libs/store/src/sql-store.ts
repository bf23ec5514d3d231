import { TransientError } from '@nautilus/model';
import type { Driver } from './driver.ts';
import { describe } from './failures.ts';
import { SqlFeatureRepository } from './feature-repository.ts';
import type { InstrumentIds } from './instruments.ts';
import { SqlMaintenance } from './maintenance.ts';
import { SqlMarketRepository } from './market-repository.ts';
import { foundVersion, migrate, readMigrations } from './migrations.ts';
import { Sinks } from './sinks.ts';
import { SqlMicrostructureRepository } from './microstructure-repository.ts';
import { SqlOrderBookRepository } from './order-book-repository.ts';
import { SqlReferenceRepository } from './reference-repository.ts';
import { SqlSnapshotRepository } from './snapshot-repository.ts';
import { SqlSocketRepository } from './socket-repository.ts';
import type { MigrationReport, Store, StoreAmbient, StoreOffers, StoreStatus } from './store.ts';
import { SqlVpinRepository } from './vpin-repository.ts';
import type { WriterLimits } from './writer.ts';

export interface StoreLog {
  info(fields: Readonly<Record<string, unknown>>, text: string): void;
  warn(fields: Readonly<Record<string, unknown>>, text: string): void;
}

export interface SqlStoreParts {
  readonly driver: Driver;
  readonly instruments: InstrumentIds;
  readonly limits: WriterLimits;
  readonly ambient: StoreAmbient;
  readonly log: StoreLog | undefined;
  readonly migrationsDirectory: string;
}

export class SqlStore implements Store {
  readonly market: SqlMarketRepository;
  readonly books: SqlOrderBookRepository;
  readonly reference: SqlReferenceRepository;
  readonly vpin: SqlVpinRepository;
  readonly microstructure: SqlMicrostructureRepository;
  readonly features: SqlFeatureRepository;
  readonly sockets: SqlSocketRepository;
  readonly snapshots: SqlSnapshotRepository;
  readonly maintenance: SqlMaintenance;
  readonly #parts: SqlStoreParts;
  readonly #sinks: Sinks;
  #offers: StoreOffers;
  #latencyMs: number | null = null;
  #retryError: string | null = null;

  constructor(parts: SqlStoreParts) {
    const { driver, ambient } = parts;
    this.#parts = parts;
    this.#offers = { driver: driver.name, serverVersion: 'unknown', timescale: 'unknown' };
    this.#sinks = new Sinks(driver, parts.instruments, parts.limits, ambient, (table, error) => {
      this.#retryError = describe(error);
      parts.log?.warn({ table, error: this.#retryError }, 'rows are not written yet');
    });
    this.market = new SqlMarketRepository(driver, this.#sinks);
    this.books = new SqlOrderBookRepository(driver, this.#sinks);
    this.reference = new SqlReferenceRepository(driver, this.#sinks);
    this.vpin = new SqlVpinRepository(driver, this.#sinks);
    this.microstructure = new SqlMicrostructureRepository(driver, this.#sinks);
    this.features = new SqlFeatureRepository(driver, this.#sinks);
    this.sockets = new SqlSocketRepository(this.#sinks);
    this.snapshots = new SqlSnapshotRepository(driver);
    this.maintenance = new SqlMaintenance(driver, () => this.detect(), ambient);
  }

  get offers(): StoreOffers {
    return this.#offers;
  }

  /** Asks the server what it offers, once it answers. */
  async detect(): Promise<StoreOffers> {
    if (this.#offers.timescale === 'unknown') await this.#ask();
    return this.#offers;
  }

  async ping(timeoutMs: number): Promise<number | undefined> {
    const { driver, ambient } = this.#parts;
    const started = ambient.monotonic();
    const answer = async (): Promise<number | undefined> => {
      await driver.query('select 1');
      const elapsed = ambient.monotonic() - started;
      await this.detect();
      return elapsed;
    };
    const elapsed = await this.#within(answer().catch(() => undefined), timeoutMs, () => undefined);
    this.#latencyMs = elapsed ?? null;
    return elapsed;
  }

  async migrate(onStep: (name: string) => void = () => undefined): Promise<MigrationReport> {
    const report = await migrate(this.#parts.driver, this.#parts.migrationsDirectory, onStep);
    await this.#ask();
    this.#parts.log?.info({ from: report.from, to: report.to }, 'schema is up to date');
    return report;
  }

  async schemaVersion(): Promise<{ readonly found: number | undefined; readonly expected: number }> {
    const migrations = await readMigrations(this.#parts.migrationsDirectory);
    return { found: await foundVersion(this.#parts.driver), expected: migrations.length };
  }

  status(): StoreStatus {
    const { connected, active, max, lastError } = this.#parts.driver.state();
    const total = (value: 'queuedRows' | 'waitingRows' | 'writtenRows'): number =>
      this.#sinks.lanes.reduce((sum, lane) => sum + lane[value], 0);
    const queuedRows = total('queuedRows');
    return {
      connected,
      latencyMs: this.#latencyMs,
      connectionsActive: active,
      connectionsMax: max,
      queuedRows,
      waitingRows: total('waitingRows'),
      writtenRows: total('writtenRows'),
      lastError: lastError ?? (queuedRows > 0 ? this.#retryError : null),
    };
  }

  async flush(deadlineMs: number): Promise<void> {
    const all = Promise.all(this.#sinks.lanes.map((lane) => lane.flush())).then(() => true);
    if (!(await this.#within(all, deadlineMs, () => false))) {
      throw new TransientError(`${this.status().queuedRows} rows are not written yet`);
    }
  }

  async close(deadlineMs: number): Promise<void> {
    for (const lane of this.#sinks.lanes) lane.refuseMore();
    await this.flush(deadlineMs).catch((error: unknown) => {
      this.#parts.log?.warn({ error: describe(error) }, 'closing with rows that are not written');
      for (const lane of this.#sinks.lanes) lane.abandon();
    });
    await this.#parts.driver.close();
  }

  async #ask(): Promise<void> {
    const [row] = await this.#parts.driver.query<[string, string | null, boolean]>(
      `select current_setting('server_version'), current_setting('timescaledb.license', true),
        exists (select from pg_extension where extname = 'timescaledb')`,
    );
    if (row === undefined) return;
    const [serverVersion, license, installed] = row;
    this.#offers = {
      driver: this.#parts.driver.name,
      serverVersion,
      timescale: !installed ? 'none' : license === 'timescale' ? 'full' : 'hypertables',
    };
  }

  #within<T>(work: Promise<T>, ms: number, otherwise: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#parts.ambient.after(ms, () => resolve(otherwise()));
      work.then(resolve, reject).finally(cancel);
    });
  }
}
