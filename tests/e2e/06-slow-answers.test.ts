import { expect, it } from '@jest/globals';
import { alerts, measured, soon } from './cluster.ts';

// The slow clients ask since the first file began (slow-clients.ts).
it('11: HighLatency fires for the engine whose answers are slow', async () => {
  const began = performance.now();
  await soon(async () => expect((await alerts('HighLatency')).map(({ annotations }) => annotations.summary)).toEqual(['High latency on localhost:8500']), 540_000);
  measured(`HighLatency fired after ${((performance.now() - began) / 1_000).toFixed(1)} s more`);
});
