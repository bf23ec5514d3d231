import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { probeDevices, probeNode, type ProbeFolders } from './devices.ts';

let root: string;
let folders: ProbeFolders;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ndp-dev-'));
  folders = { devices: join(root, 'dev'), nvidia: join(root, 'nvidia'), drm: join(root, 'drm') };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (path: string): string => {
  mkdirSync(dirname(path), { recursive: true });
  return path;
};
/** A character device by its type, as only root could make one. */
const deviceFile = (name: string): void => symlinkSync('/dev/null', at(join(folders.devices, name)));
const file = (path: string, text = ''): void => writeFileSync(at(path), text);
const renderNode = (name: string, driver: string, place: string): void => {
  deviceFile(`dri/${name}`);
  file(join(root, 'pci', place, 'uevent'), `DRIVER=${driver}\nPCI_CLASS=30000\n`);
  symlinkSync(join('..', '..', 'pci', place), at(join(folders.drm, name, 'device')));
};
const probe = (cpuSlots = 2) => probeDevices({ cpuSlots, folders });

describe('probing', () => {
  it('gives CPU slots with stable ids where there is no accelerator', () => {
    const found = probe();
    expect(found.get('m4-max')).toEqual([
      { id: 'm4-max-cpu-0', kind: 'cpu', paths: [], health: 'Healthy' },
      { id: 'm4-max-cpu-1', kind: 'cpu', paths: [], health: 'Healthy' },
    ]);
    expect(found.get('neural-engine')?.map(({ id }) => id)).toEqual(['neural-engine-cpu-0', 'neural-engine-cpu-1']);
    expect(probe()).toEqual(found);
  });

  it('gives nothing where there is no accelerator and no slot is wanted', () => {
    expect([...probe(0)]).toEqual([['m4-max', []], ['neural-engine', []]]);
  });

  it('finds NVIDIA GPUs in order of their number, with the identity that the driver tells and the files they share', () => {
    for (const name of ['nvidia10', 'nvidia2', 'nvidiactl', 'nvidia-uvm', 'nvidia-modeset']) deviceFile(name);
    file(join(folders.nvidia, '0000:1b:00.0', 'information'), 'Model: \t\t NVIDIA H200\nGPU UUID: \t GPU-0f3c1a52-aaaa-bbbb-cccc-0123456789ab\nDevice Minor: \t 2\n');
    const shared = ['nvidiactl', 'nvidia-uvm'].map((name) => join(folders.devices, name));
    expect(probe().get('m4-max')).toEqual([
      { id: 'GPU-0f3c1a52-aaaa-bbbb-cccc-0123456789ab', kind: 'cuda', paths: [join(folders.devices, 'nvidia2'), ...shared], health: 'Healthy' },
      { id: 'nvidia10', kind: 'cuda', paths: [join(folders.devices, 'nvidia10'), ...shared], health: 'Healthy' },
    ]);
    expect(probe().get('neural-engine')?.[0]?.kind).toBe('cpu');
  });

  it('counts no ordinary file as a device', () => {
    file(join(folders.devices, 'nvidia0'));
    file(join(folders.devices, 'accel', 'accel0'));
    expect([...probe().values()].flat().every(({ kind }) => kind === 'cpu')).toBe(true);
  });

  it('takes render nodes of drivers that compute, by their place on the bus, and of no other driver', () => {
    renderNode('renderD128', 'virtio-gpu', '0000:00:01.0');
    renderNode('renderD129', 'amdgpu', '0000:03:00.0');
    renderNode('renderD130', 'xe', '0000:00:02.0');
    deviceFile('dri/renderD131');
    deviceFile('kfd');
    const dri = (name: string): string => join(folders.devices, 'dri', name);
    expect(probe().get('m4-max')).toEqual([
      { id: 'amdgpu-0000-03-00-0', kind: 'gpu', paths: [dri('renderD129'), join(folders.devices, 'kfd')], health: 'Healthy' },
      { id: 'xe-0000-00-02-0', kind: 'gpu', paths: [dri('renderD130')], health: 'Healthy' },
    ]);
  });

  it('never mixes kinds within a resource', () => {
    deviceFile('nvidia0');
    renderNode('renderD128', 'i915', '0000:00:02.0');
    expect(probe().get('m4-max')?.map(({ kind }) => kind)).toEqual(['cuda']);
  });

  it('offers accel devices as the neural engine', () => {
    deviceFile('accel/accel0');
    expect(probe().get('neural-engine')).toEqual([{ id: 'accel0', kind: 'npu', paths: [join(folders.devices, 'accel', 'accel0')], health: 'Healthy' }]);
  });

  it('keeps ids within the 63 characters of the API', () => {
    for (const { id } of [...probe(1_000).values()].flat()) expect(id.length).toBeLessThanOrEqual(63);
  });
});

it('tells the paths of the node when it sees its devices elsewhere', () => {
  // The machine of the test has character devices in /dev; none is an accelerator in an empty folder.
  for (const devices of probeNode(1, join(tmpdir(), 'no-such-folder')).values()) expect(devices).toEqual([expect.objectContaining({ kind: 'cpu', paths: [] })]);
  for (const { paths } of [...probeNode(1, '/dev').values()].flat()) for (const path of paths) expect(path).toMatch(/^\/dev\//);
});
