import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { openStore } from '@nautilus/store';
import { storeConformance } from '../../libs/testkit/src/conformance/store.ts';
import { systemAmbient } from '../../libs/testkit/src/conformance/store-builders.ts';

/** As a first start leaves it. A copy of it spares each test the making of another. */
let fresh: string;
const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'store-'));

beforeAll(async () => {
  fresh = await newFolder();
  await (await openStore({ ambient: systemAmbient, directory: fresh })).close(5_000);
});
afterAll(() => rm(fresh, { recursive: true }));

storeConformance(
  'embedded, in a folder',
  async () => {
    const directory = await newFolder();
    await cp(fresh, directory, { recursive: true });
    return {
      open: (options) => openStore({ ambient: systemAmbient, directory, ...options }),
      remove: () => rm(directory, { recursive: true }),
    };
  },
  { durable: true, shared: false },
);
