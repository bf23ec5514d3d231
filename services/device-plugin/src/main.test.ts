import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startNode, type Child } from '@nautilus/testkit';
import { FakeKubelet } from './fake-kubelet.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

let folder: string;
let kubelet: FakeKubelet;
let children: Child[];

const start = (more: Record<string, string> = {}, args: string[] = []): Child => {
  const child = startNode(MAIN, { DEVICE_PLUGIN_SOCKET_DIR: folder, DEVICE_PLUGIN_METRICS_PORT: '0', ...more }, args);
  children.push(child);
  return child;
};
/** Waits on the log first: when the process does not come up, the failure shows what it wrote. */
const registered = async (child: Child, count: number): Promise<void> => {
  await child.logged('registered with the kubelet');
  await eventually(() => kubelet.registrations.length === count);
};
const sockets = (): string[] => readdirSync(folder).filter((name) => name.startsWith('nautilus-'));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ndp-main-'));
  kubelet = new FakeKubelet(folder);
  children = [];
  await kubelet.start();
});
afterEach(async () => {
  await Promise.all(children.map((child) => child.kill()));
  kubelet.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the process', () => {
  it('registers, reads the devices again on SIGHUP, and on SIGTERM removes its sockets and exits 0', async () => {
    const child = start();
    await registered(child, 2);
    const { port } = await child.logged('started');
    expect((await fetch(`http://127.0.0.1:${String(port)}/health/live`)).status).toBe(200);
    const offered = () => child.log().filter(({ message }) => message === 'devices offered').length;
    expect(offered()).toBe(2);
    child.process.kill('SIGHUP');
    await eventually(() => offered() === 4);
    expect(sockets()).toHaveLength(2);
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(sockets()).toEqual([]);
    expect(child.err).toEqual([]);
  });

  it('that was killed leaves its sockets, which the next one removes', async () => {
    const first = start();
    await registered(first, 2);
    await first.kill();
    const left = sockets();
    expect(left).toHaveLength(2);
    await registered(start(), 4);
    expect(sockets()).toHaveLength(2);
    expect(sockets().filter((name) => left.includes(name))).toEqual([]);
  });

  it('exits 1 beside an instance that runs', async () => {
    await registered(start(), 2);
    const second = start();
    expect(await second.ended).toBe(1);
    expect(await second.logged('the device plugin gives up')).toMatchObject({ error: { message: expect.stringContaining('another instance offers') } });
    expect(sockets()).toHaveLength(2);
  });

  it('tells what is wrong with its settings and exits 78', async () => {
    const child = start({ DEVICE_PLUGIN_CPU_SLOTS: 'many' }, ['--check']);
    expect(await child.ended).toBe(78);
    expect(child.err).toEqual(['DEVICE_PLUGIN_CPU_SLOTS must be a whole number from 0 to 1000.']);
    expect(await start({}, ['--check']).ended).toBe(0);
    expect(kubelet.registrations).toEqual([]);
  });
});
