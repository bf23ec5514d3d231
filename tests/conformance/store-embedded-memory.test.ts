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
