import { afterAll, beforeAll } from '@jest/globals';
import { sharedPostgres, startPostgres, type PostgresAddress, type PostgresServer } from '@nautilus/testkit';
import { openStore } from '@nautilus/store';
import { storeConformance, type StoreHarness } from '../../libs/testkit/src/conformance/store.ts';
import { systemAmbient } from '../../libs/testkit/src/conformance/store-builders.ts';

let plain: PostgresServer;
beforeAll(async () => {
  plain = await startPostgres({ timescale: false });
});
afterAll(() => plain.stop());

/** Databases of a shared server end with it: a name of their own is all that tests need. */
async function databaseOf(server: PostgresAddress): Promise<StoreHarness> {
  const url = await server.createDatabase();
  return { open: (options) => openStore({ ambient: systemAmbient, url, ...options }), remove: () => Promise.resolve() };
}

storeConformance('PostgreSQL with TimescaleDB', async () => databaseOf(await sharedPostgres()), { durable: true, shared: true });
storeConformance('plain PostgreSQL', () => databaseOf(plain), { durable: true, shared: true });
