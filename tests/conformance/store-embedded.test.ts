import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@nautilus/store';
import { embeddedImage } from '@nautilus/testkit';
import { storeConformance } from '../../libs/testkit/src/conformance/store.ts';
import { systemAmbient } from '../../libs/testkit/src/conformance/store-builders.ts';

storeConformance(
  'embedded, in memory',
  async () => {
    const image = await embeddedImage();
    return { open: (options) => openStore({ ambient: systemAmbient, image, ...options }), remove: () => Promise.resolve() };
  },
  { durable: false, shared: false },
);

storeConformance(
  'embedded, in a folder',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'store-'));
    return {
      open: (options) => openStore({ ambient: systemAmbient, directory, ...options }),
      remove: () => rm(directory, { recursive: true }),
    };
  },
  { durable: true, shared: false },
);
