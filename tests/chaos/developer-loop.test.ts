import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { health, kubectl, measured, soon } from '../e2e/cluster.ts';

/** A file of one service: only its image may be built again. */
const CHANGED = 'services/websocket/src/main.ts';
const WATCHING = 'Watching for changes...';

/** What the profile `minimal` starts; the gateway lists further engines, which are off. */
const ENGINES: Readonly<Record<string, number>> = { features: 8500, marketdata: 8800, vpin: 10000, websocket: 8600 };
const fourOperational = async (): Promise<void> => {
  for (const port of Object.values(ENGINES)) expect([port, (await health(port)).status]).toEqual([port, 'operational']);
};

const images = async (): Promise<Record<string, string>> =>
  Object.fromEntries((await kubectl('get', 'deployments', '--output', 'jsonpath={range .items[*]}{.metadata.name} {.spec.template.spec.containers[0].image}{"\\n"}{end}')).split('\n').map((line) => line.split(' ') as [string, string]));

/** Takes the release of `make up` over and removes it in the end, so it comes last. */
describe('make dev', () => {
  const source = readFileSync(CHANGED, 'utf8');
  let skaffold: ChildProcess;
  let output = '';
  let ended: Promise<unknown>;
  const watching = (times: number): Promise<unknown> =>
    soon(() => {
      if (skaffold.exitCode !== null) throw new Error(`skaffold ended:\n${output.slice(-4_000)}`);
      expect([output.split(WATCHING).length - 1, output.slice(-400)]).toEqual([times, expect.any(String)]);
    }, 540_000);

  beforeAll(async () => {
    skaffold = spawn('make', ['dev', 'PROFILE=minimal'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    ended = new Promise((resolve) => skaffold.once('close', resolve));
    for (const stream of [skaffold.stdout, skaffold.stderr]) stream?.on('data', (part: Buffer) => (output += String(part)));
    await watching(1);
  });
  afterAll(async () => {
    writeFileSync(CHANGED, source);
    process.kill(-(skaffold.pid ?? 0), 'SIGINT');
    await ended;
  });

  it('builds and deploys four engines that are operational', async () => {
    await soon(fourOperational);
    expect(Object.keys(await images()).filter((name) => name.endsWith('-engine')).sort()).toEqual(
      Object.keys(ENGINES).map((name) => `nautilus-${name}-engine`),
    );
  });

  it('builds and deploys again what a change of a file touches, and nothing else', async () => {
    const before = await images();
    const began = performance.now();
    writeFileSync(CHANGED, `${source}process.title = 'changed by the test of the developer loop';\n`);
    await watching(2);
    measured(`the changed service is deployed ${((performance.now() - began) / 1_000).toFixed(1)} s after its file was written`);
    const after = await images();
    expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual(['nautilus-websocket-engine']);
    await soon(fourOperational);
  });
});
