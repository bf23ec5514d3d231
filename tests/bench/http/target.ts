import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineEngine } from '@nautilus/engine';
import { engineApp, type FakeClock } from '@nautilus/testkit';
import { load } from './load.ts';

/** A process of the benchmark: `control` and `engine` listen and say where; `load <port> <path> <connections> <ms>` asks. */
const [role = '', ...rest] = process.argv.slice(2);

if (role === 'load') {
  const [port, path = '/', connections, durationMs] = rest;
  process.send?.(await load(Number(port), path, Number(connections), Number(durationMs)));
  process.disconnect?.();
} else {
  process.send?.(await (role === 'engine' ? listenAsEngine() : listenBare()));
}

/** The HTTP side as engines have it, rate limit off, real clock; the rest of the engine is not there. */
async function listenAsEngine(): Promise<number> {
  const engine = defineEngine({ name: 'bench', summary: 'Answers health.', ports: { dual: 0 }, needs: [], health: () => ({ symbols_tracked: 3 }) });
  const clock = { now: () => Date.now(), monotonic: () => performance.now() } as FakeClock;
  return engineApp(engine, { clock }).http.listen(0, '127.0.0.1');
}

/** What Node can do with an answer of the same size that never changes. */
function listenBare(): Promise<number> {
  const body = Buffer.alloc(1_200, 'x');
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': body.length });
    response.end(body);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}
