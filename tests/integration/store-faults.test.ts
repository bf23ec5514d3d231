import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TcpProxy, eventually, runSql, startPostgres, type PostgresServer } from '@nautilus/testkit';
import { openStore, type OpenStoreOptions, type Store } from '@nautilus/store';
import { systemAmbient, tradeAt } from '../../libs/testkit/src/conformance/store-builders.ts';

const PATIENT = { retryMs: 5, maxRetryMs: 50 };

describe('store: faults of the database', () => {
  let server: PostgresServer;
  let proxy: TcpProxy;
  beforeAll(async () => {
    // A commit that was answered for must outlive a crash, as in production.
    server = await startPostgres({ durable: true });
    proxy = await TcpProxy.start(server);
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });

  const through = (url: string, port: number): string => {
    const changed = new URL(url);
    changed.port = String(port);
    return changed.href;
  };
  const open = (url: string, options: Partial<OpenStoreOptions> = {}): Promise<Store> =>
    openStore({ ambient: systemAmbient, url, ...options });
  const migrated = async (): Promise<string> => {
    const url = await server.createDatabase();
    const store = await open(url);
    await store.migrate();
    await store.close(10_000);
    return url;
  };
  /** `appends` calls of `rows` trades each. */
  const load = (store: Store, appends: number, rows: number): Promise<void>[] =>
    Array.from({ length: appends }, (_, i) =>
      store.market.appendTrades(Array.from({ length: rows }, (_row, k) => tradeAt('LOAD', i * rows + k, { source: 'load' }))));
  const counted = async (store: Store): Promise<number | undefined> =>
    (await store.market.counts()).find(({ source, kind }) => source === 'load' && kind === 'trade')?.records;

  it('loses nothing and writes nothing twice when the server crashes under load, and holds appends back meanwhile', async () => {
    const store = await open(await migrated(), { writer: { ...PATIENT, batchRows: 500, maxQueuedRows: 2000 } });
    const appends = load(store, 200, 100);
    await eventually(() => store.status().writtenRows > 2000, { intervalMs: 1 });
    await server.kill();
    await eventually(() => store.status().lastError !== null);
    await expect(store.market.trades('LOAD', {})).rejects.toMatchObject({ kind: 'transient' });
    expect(store.status()).toMatchObject({ connected: false });
    expect(store.status().waitingRows).toBeGreaterThan(0);
    expect(store.status().queuedRows).toBeLessThanOrEqual(2000);
    expect(await store.ping(5000)).toBeUndefined();

    await server.restart();
    await Promise.all(appends);
    expect(await counted(store)).toBe(20_000);
    expect(store.status()).toMatchObject({ connected: true, queuedRows: 0, waitingRows: 0, lastError: null });
    await store.close(10_000);
  });

  it('loses nothing when the connection is cut again and again in the middle of flushes', async () => {
    const store = await open(through(await migrated(), proxy.port), { writer: { ...PATIENT, batchRows: 500 } });
    const appends = load(store, 200, 100);
    for (let cuts = 1; cuts <= 5; cuts++) {
      const written = store.status().writtenRows;
      await eventually(() => store.status().writtenRows > written || store.status().queuedRows === 0, { intervalMs: 1 });
      await proxy.cut();
      await proxy.heal();
    }
    await Promise.all(appends);
    expect(await counted(store)).toBe(20_000);
    await store.close(10_000);
  });

  it('gives up on a link that is silent without being closed, and writes over a new one', async () => {
    const store = await open(through(await migrated(), proxy.port), { statementTimeoutMs: 300, connectTimeoutMs: 300, writer: PATIENT });
    await proxy.stall();
    const appends = load(store, 1, 100);
    await eventually(() => store.status().lastError !== null);
    expect(store.status().connected).toBe(false);
    await proxy.heal();
    await Promise.all(appends);
    expect(await counted(store)).toBe(100);
    await store.close(10_000);
  });

  it('opens without a server, and tells what it offers once it is there', async () => {
    const url = through(await migrated(), proxy.port);
    await proxy.cut();
    const store = await open(url, { writer: PATIENT });
    expect(store.offers).toEqual({ driver: 'postgresql', serverVersion: 'unknown', timescale: 'unknown' });
    expect(store.status().connected).toBe(false);
    const appends = load(store, 1, 10);
    await proxy.heal();
    await Promise.all(appends);
    expect(await store.ping(5000)).toBeGreaterThan(0);
    expect(store.offers).toMatchObject({ timescale: 'hypertables' });
    await store.close(10_000);
  });

  it('rejects what it could not commit in its time, and what is left when it closes', async () => {
    const url = through(await migrated(), proxy.port);
    const [impatient, closing] = [await open(url, { writer: { ...PATIENT, giveUpMs: 100 } }), await open(url, { writer: PATIENT })];
    await proxy.cut();
    await expect(Promise.all(load(impatient, 1, 10))).rejects.toMatchObject({ kind: 'transient' });
    const [left] = load(closing, 1, 10);
    const outcome = expect(left).rejects.toMatchObject({ kind: 'transient' });
    await expect(closing.flush(50)).rejects.toMatchObject({ kind: 'transient' });
    await closing.close(50);
    await outcome;
    await proxy.heal();
    await impatient.close(10_000);
  });

  it('waits while the disk is full, and goes on when it is not', async () => {
    const url = await migrated();
    await runSql(
      url,
      `create function full_disk() returns trigger language plpgsql as $$ begin
      raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`,
      'create trigger full_disk before insert on market_ticks for each row execute function full_disk()',
    );
    const store = await open(url, { writer: PATIENT });
    const appends = load(store, 5, 10);
    await eventually(() => store.status().lastError?.includes('No space left') === true);
    expect(store.status()).toMatchObject({ connected: true, queuedRows: 50 });
    await runSql(url, 'drop trigger full_disk on market_ticks');
    await Promise.all(appends);
    expect(await counted(store)).toBe(50);
    await store.close(10_000);
  });

  it('insists on TLS when told to, and does without where it is only preferred', async () => {
    const url = await migrated();
    for (const sslMode of ['disable', 'prefer'] as const) {
      const store = await open(url, { sslMode });
      expect(await store.ping(5000)).toBeGreaterThan(0);
      await store.close(10_000);
    }
    for (const options of [{ sslMode: 'require' }, { sslMode: 'verify-ca' }, { sslMode: 'verify-full' }] as const) {
      const store = await open(url, options);
      expect(await store.ping(5000)).toBeUndefined();
      expect(store.status().lastError).toMatch(/does not support SSL/);
      await store.close(10_000);
    }
    const told = await open(`${url}?sslmode=require`, { sslMode: 'disable' });
    expect(await told.ping(5000)).toBeUndefined();
    await told.close(10_000);
  });

  it('refuses a URL that is none, without repeating it', async () => {
    for (const url of ['secret', 'mysql://u:secret@h/d', 'postgresql://u:secret@h/d?sslmode=maybe']) {
      const outcome = await open(url).catch((error: unknown) => error);
      expect(outcome).toMatchObject({ kind: 'config' });
      expect((outcome as Error).message).not.toContain('secret');
    }
  });
});
