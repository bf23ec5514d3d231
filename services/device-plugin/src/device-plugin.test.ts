import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, FakeClock, silentLog } from '@nautilus/testkit';
import { startDevicePlugin, type DevicePlugin } from './device-plugin.ts';
import type { Device, Probe } from './devices.ts';
import { FakeKubelet, type Watch } from './fake-kubelet.ts';
import type { Resource } from './resources.ts';

const GPU = 'gpu.nautilus.com/m4-max';
const NEURAL = 'gpu.nautilus.com/neural-engine';

/** Delays that end only when the test lets their time pass. */
class Hourglass {
  readonly clock = new FakeClock();
  readonly asked: number[] = [];
  readonly #pending = new Set<{ readonly dueMs: number; readonly run: () => void }>();

  readonly delay = (delayMs: number, run: () => void): (() => void) => {
    const entry = { dueMs: this.clock.monotonic() + delayMs, run };
    this.asked.push(delayMs);
    this.#pending.add(entry);
    return () => void this.#pending.delete(entry);
  };

  /** Time passes, second by second, with a turn of the event loop in between. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      this.clock.advance(Math.min(1_000, left));
      for (const entry of [...this.#pending].filter(({ dueMs }) => dueMs <= this.clock.monotonic())) {
        this.#pending.delete(entry);
        entry.run();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

const cpuSlots = (resource: Resource, count: number): Device[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${resource}-cpu-${index}`, kind: 'cpu', paths: [], health: 'Healthy' }));
const gpu = (id: string): Device => ({ id, kind: 'cuda', paths: [`/dev/${id}`, '/dev/nvidiactl'], health: 'Healthy' });

let folder: string;
let time: Hourglass;
let kubelet: FakeKubelet;
let found: Map<Resource, Device[]>;
let running: DevicePlugin[];
let nextId: number;

const probe: Probe = () => new Map(found);
const start = async (more: Partial<Parameters<typeof startDevicePlugin>[0]> = {}): Promise<DevicePlugin> => {
  const ambient = { clock: time.clock, delay: time.delay, newId: () => String((nextId += 1)).padStart(12, '0') };
  const plugin = await startDevicePlugin({ socketFolder: folder, metricsPort: 0, probe, ambient, log: silentLog, ...more });
  // Whoever tests the end looks at it himself; nobody else may be disturbed by it.
  plugin.ended.catch(() => undefined);
  running.push(plugin);
  return plugin;
};
const pluginSockets = (): string[] => readdirSync(folder).filter((name) => name.startsWith('nautilus-')).sort();
const registered = (count: number): Promise<unknown> => eventually(() => kubelet.registrations.length >= count, { describe: `${count} registrations` });
const endpointOf = (name: string): string => kubelet.registrations.findLast((one) => one.resource_name === name)!.endpoint;
const watchOf = (name: string): Watch => kubelet.watches[kubelet.registrations.findLastIndex((one) => one.resource_name === name)]!;
const metricsOf = async (plugin: DevicePlugin): Promise<string> => (await fetch(`http://127.0.0.1:${plugin.metricsPort}/metrics`)).text();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ndp-'));
  time = new Hourglass();
  kubelet = new FakeKubelet(folder);
  found = new Map([['m4-max', cpuSlots('m4-max', 2)], ['neural-engine', cpuSlots('neural-engine', 2)]]);
  running = [];
  nextId = 0;
  await kubelet.start();
});
afterEach(async () => {
  await Promise.all(running.map((plugin) => plugin.stop()));
  kubelet.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('registration', () => {
  it('registers each resource with its socket, version and options, and lists at once', async () => {
    await start();
    await registered(2);
    const expected = { version: 'v1beta1', options: { pre_start_required: false, get_preferred_allocation_available: false } };
    expect(kubelet.registrations.find((one) => one.resource_name === GPU)).toMatchObject(expected);
    expect(kubelet.registrations.find((one) => one.resource_name === NEURAL)).toMatchObject(expected);
    expect(pluginSockets()).toEqual(kubelet.registrations.map((one) => one.endpoint).sort());
    await eventually(() => watchOf(GPU).lists.length === 1);
    expect(watchOf(GPU).lists[0]?.devices).toMatchObject([{ ID: 'm4-max-cpu-0', health: 'Healthy' }, { ID: 'm4-max-cpu-1', health: 'Healthy' }]);
  });

  it('stops the server, pauses five seconds and tries again when the kubelet refuses', async () => {
    kubelet.refusal = 'unsupported version';
    const plugin = await start();
    await eventually(() => time.asked.filter((ms) => ms === 5_000).length >= 6 && pluginSockets().length === 0, { describe: 'both pauses' });
    kubelet.refusal = undefined;
    await time.pass(4_000);
    expect(kubelet.registrations).toEqual([]);
    await time.pass(1_000);
    await registered(2);
    expect(await metricsOf(plugin)).toContain(`nautilus_device_plugin_restarts_total{resource="${GPU}",reason="registration_failed"} 1\n`);
  });

  it('waits for a kubelet that comes later', async () => {
    kubelet.stop();
    await start();
    await eventually(() => pluginSockets().length === 2);
    await kubelet.start();
    await eventually(async () => {
      await time.pass(1_000);
      return kubelet.registrations.length === 2;
    });
  });

  it('registers again with a new socket when the kubelet was replaced', async () => {
    const plugin = await start();
    await registered(2);
    const before = pluginSockets();
    kubelet.stop();
    // A kubelet that starts also clears the folder.
    for (const name of before) rmSync(join(folder, name), { force: true });
    await kubelet.start();
    await eventually(async () => {
      await time.pass(1_000);
      return kubelet.registrations.length >= 4 && pluginSockets().length === 2;
    });
    expect(pluginSockets().filter((name) => before.includes(name))).toEqual([]);
    await eventually(() => watchOf(GPU).lists.length > 0 && watchOf(NEURAL).lists.length > 0);
    expect(await metricsOf(plugin)).toMatch(/restarts_total\{resource="gpu\.nautilus\.com\/m4-max",reason="(kubelet_restarted|socket_removed)"\} [1-9]/);
  });

  it('registers again when only its own socket was removed', async () => {
    const plugin = await start();
    await registered(2);
    rmSync(join(folder, endpointOf(NEURAL)));
    await eventually(async () => {
      await time.pass(1_000);
      return kubelet.registrations.length === 3;
    });
    expect(kubelet.registrations[2]?.resource_name).toBe(NEURAL);
    expect(await metricsOf(plugin)).toContain(`restarts_total{resource="${NEURAL}",reason="socket_removed"} 1\n`);
  });

  it('registers again when the kubelet cancels its stream and opens no other', async () => {
    const plugin = await start();
    await registered(2);
    await eventually(() => watchOf(GPU).lists.length === 1);
    watchOf(GPU).cancel();
    await eventually(async () => {
      await time.pass(1_000);
      return kubelet.registrations.length === 3;
    });
    expect(kubelet.registrations[2]?.resource_name).toBe(GPU);
    await eventually(() => watchOf(GPU).lists.length === 1);
    expect(await metricsOf(plugin)).toContain(`restarts_total{resource="${GPU}",reason="watch_lost"} 1\n`);
  });
});

describe('sockets', () => {
  it('removes what an earlier start left behind, and nothing of others', async () => {
    const stale = join(folder, 'nautilus-m4-max-000000000000.sock');
    const other = join(folder, 'other.sock');
    writeFileSync(stale, '');
    writeFileSync(other, '');
    await start();
    await registered(2);
    expect([existsSync(stale), existsSync(other)]).toEqual([false, true]);
  });

  it('a second instance refuses to start and leaves the first one alone', async () => {
    await start();
    await registered(2);
    const before = pluginSockets();
    const second = await start();
    await expect(second.ended).rejects.toThrow('another instance offers gpu.nautilus.com/');
    expect(pluginSockets()).toEqual(before);
    expect(kubelet.registrations).toHaveLength(2);
  });

  it('stop ends the streams and removes the sockets', async () => {
    const plugin = await start();
    await registered(2);
    await plugin.stop();
    await plugin.ended;
    expect(pluginSockets()).toEqual([]);
    await eventually(() => kubelet.watches.every((watch) => watch.ended()));
  });

  it('gives up after more than five crashes within an hour', async () => {
    // A file system that lets nothing be made: each start fails.
    const plugin = await start({ ambient: { clock: time.clock, delay: time.delay, newId: () => 'no/such/folder' } });
    let message: string | undefined;
    plugin.ended.catch((error: Error) => (message = error.message));
    let pauses = 0;
    await eventually(async () => {
      pauses = time.asked.filter((ms) => ms === 5_000).length;
      await time.pass(1_000);
      return message;
    });
    expect(message).toMatch(/^the server of gpu\.nautilus\.com\/(m4-max|neural-engine) crashed too often within an hour$/);
    // Five for each of the two resources, unless the other's end came in between.
    expect(pauses).toBeGreaterThanOrEqual(9);
    expect(pauses).toBeLessThanOrEqual(10);
  });

  it('cannot start where the metrics port is taken', async () => {
    const holder = createServer();
    const port = await new Promise<number>((resolve) => holder.listen(0, () => resolve((holder.address() as { port: number }).port)));
    await expect(start({ metricsPort: port })).rejects.toThrow('EADDRINUSE');
    await new Promise((resolve) => holder.close(resolve));
  });
});

describe('ListAndWatch', () => {
  it('tells several streams of a device that fails and comes back', async () => {
    found.set('m4-max', [gpu('nvidia0'), gpu('nvidia1')]);
    const plugin = await start();
    await registered(2);
    const second = kubelet.watch(endpointOf(GPU));
    await eventually(() => watchOf(GPU).lists.length === 1 && second.lists.length === 1);

    found.set('m4-max', [gpu('nvidia0')]);
    await time.pass(1_000);
    await eventually(() => watchOf(GPU).lists.length === 2 && second.lists.length === 2);
    expect(second.lists[1]?.devices).toMatchObject([{ ID: 'nvidia0', health: 'Healthy' }, { ID: 'nvidia1', health: 'Unhealthy' }]);
    await expect(kubelet.allocate(endpointOf(GPU), [['nvidia1']], time.delay)).rejects.toThrow('device "nvidia1" of gpu.nautilus.com/m4-max is unhealthy');
    expect(await metricsOf(plugin)).toContain(`nautilus_device_plugin_devices{resource="${GPU}",kind="cuda",health="Unhealthy"} 1\n`);

    found.set('m4-max', [gpu('nvidia0'), gpu('nvidia1')]);
    await time.pass(1_000);
    await eventually(() => watchOf(GPU).lists.length === 3);
    expect(watchOf(GPU).lists[2]?.devices).toMatchObject([{ health: 'Healthy' }, { health: 'Healthy' }]);
  });

  it('ends a cancelled stream and goes on with the others', async () => {
    const plugin = await start();
    await registered(2);
    const second = kubelet.watch(endpointOf(GPU));
    await eventually(() => second.lists.length === 1);
    second.cancel();
    await eventually(() => second.ended());
    found.set('m4-max', []);
    plugin.reread();
    await eventually(() => watchOf(GPU).lists.length === 2);
    expect(watchOf(GPU).lists[1]?.devices).toEqual([]);
    expect(second.lists).toHaveLength(1);
  });

  it('offers none and stays up without devices, and offers what a new reading finds', async () => {
    found = new Map();
    const plugin = await start();
    await registered(2);
    await eventually(() => watchOf(GPU).lists.length === 1);
    expect(watchOf(GPU).lists[0]?.devices).toEqual([]);
    expect(await metricsOf(plugin)).toContain(`nautilus_device_plugin_devices{resource="${GPU}",kind="cpu",health="Healthy"} 0\n`);
    found = new Map([['m4-max', [gpu('nvidia0')]]]);
    await time.pass(2_000);
    plugin.reread();
    await eventually(() => watchOf(GPU).lists.length === 2);
    expect(watchOf(GPU).lists[1]?.devices).toMatchObject([{ ID: 'nvidia0', health: 'Healthy' }]);
  });
});

describe('Allocate', () => {
  it('answers each container in order, counts repeated ids once, and changes nothing', async () => {
    found.set('m4-max', [gpu('nvidia0'), gpu('nvidia1')]);
    const plugin = await start();
    await registered(2);
    const ask = () => kubelet.allocate(endpointOf(GPU), [['nvidia1', 'nvidia1'], ['nvidia0', 'nvidia1']], time.delay);
    const answer = await ask();
    const file = (path: string) => ({ container_path: path, host_path: path, permissions: 'rw' });
    expect(answer.container_responses).toMatchObject([
      {
        envs: { NAUTILUS_DEVICE_KIND: 'cuda', NAUTILUS_DEVICE_KIND_M4_MAX: 'cuda', NAUTILUS_DEVICE_IDS_M4_MAX: 'nvidia1' },
        devices: [file('/dev/nvidia1'), file('/dev/nvidiactl')],
        mounts: [],
      },
      {
        envs: { NAUTILUS_DEVICE_IDS_M4_MAX: 'nvidia0,nvidia1' },
        devices: [file('/dev/nvidia0'), file('/dev/nvidiactl'), file('/dev/nvidia1')],
      },
    ]);
    expect(await ask()).toEqual(answer);
    expect(await metricsOf(plugin)).toContain(`nautilus_device_plugin_allocations_total{resource="${GPU}",result="granted"} 2\n`);
  });

  it('says that a slot is CPU, without device files', async () => {
    await start();
    await registered(2);
    const { container_responses } = await kubelet.allocate(endpointOf(NEURAL), [['neural-engine-cpu-1']], time.delay);
    expect(container_responses).toMatchObject([{ envs: { NAUTILUS_DEVICE_KIND: 'cpu', NAUTILUS_DEVICE_KIND_NEURAL_ENGINE: 'cpu' }, devices: [], mounts: [] }]);
  });

  it('refuses unknown ids and empty requests with a message, the whole request, and goes on', async () => {
    const plugin = await start();
    await registered(2);
    const ask = (...containers: string[][]) => kubelet.allocate(endpointOf(GPU), containers, time.delay);
    await expect(ask(['m4-max-cpu-0'], ['neural-engine-cpu-0'])).rejects.toThrow('gpu.nautilus.com/m4-max offers no device "neural-engine-cpu-0"');
    await expect(ask([])).rejects.toThrow('names no device');
    expect((await ask(['m4-max-cpu-0'])).container_responses).toHaveLength(1);
    const text = await metricsOf(plugin);
    expect(text).toContain(`allocations_total{resource="${GPU}",result="refused"} 2\n`);
    expect(text).toContain(`allocations_total{resource="${GPU}",result="granted"} 1\n`);
  });
});

it('answers probes, and nothing else', async () => {
  const { metricsPort } = await start();
  const at = async (path: string, method = 'GET') => (await fetch(`http://127.0.0.1:${metricsPort}${path}`, { method })).status;
  expect([await at('/health/live'), await at('/metrics'), await at('/'), await at('/metrics', 'POST')]).toEqual([200, 200, 404, 405]);
});
