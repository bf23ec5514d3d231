import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { DeviceHealth } from './api.ts';
import { RESOURCES, type DeviceKind, type Resource } from './resources.ts';

export interface Device {
  /** Stable over restarts; at most 63 characters. */
  readonly id: string;
  readonly kind: DeviceKind;
  /** Device files that a container needs, by their paths on the node. */
  readonly paths: readonly string[];
  readonly health: DeviceHealth;
}

export interface ProbeOptions {
  /** Slots per resource where no accelerator was found; 0 offers none. */
  readonly cpuSlots: number;
  /** Folders of the node; parameters for tests. */
  readonly folders?: ProbeFolders;
}
export interface ProbeFolders {
  readonly devices: string;
  readonly nvidia: string;
  readonly drm: string;
}

const NODE_FOLDERS: ProbeFolders = { devices: '/dev', nvidia: '/proc/driver/nvidia/gpus', drm: '/sys/class/drm' };

/**
 * Render nodes exist for virtual and display-only devices too. These drivers stand for GPUs that compute; what another
 * driver stands for is unknown and therefore absent. NVIDIA's own driver is found by its device files instead.
 */
const COMPUTING_DRM_DRIVERS: ReadonlySet<string> = new Set(['amdgpu', 'i915', 'xe']);

/** Beside the GPU's own file; each is passed on where it exists. */
const NVIDIA_SHARED_FILES = ['nvidiactl', 'nvidia-uvm', 'nvidia-uvm-tools'];
const AMD_SHARED_FILE = 'kfd';

const LONGEST_ID = 63;

/** What a plugin probes that sees the node's `/dev` in another folder. The paths it tells are those of the node. */
export function probeNode(cpuSlots: number, deviceFolder: string): ReadonlyMap<Resource, readonly Device[]> {
  const found = probeDevices({ cpuSlots, folders: { ...NODE_FOLDERS, devices: deviceFolder } });
  const onNode = (path: string): string => join(NODE_FOLDERS.devices, relative(deviceFolder, path));
  return new Map([...found].map(([resource, devices]) => [resource, devices.map((device) => ({ ...device, paths: device.paths.map(onNode) }))]));
}

/** The devices of every resource. A resource without hardware gets slots that say `cpu`. */
export type Probe = () => ReadonlyMap<Resource, readonly Device[]>;

/**
 * Looks at the node's device files; opens none. `m4-max` stands for a GPU: NVIDIA GPUs, or where there is none GPUs
 * with a render node, never both, so that the devices of one resource are alike. `neural-engine` stands for devices
 * of the accel subsystem. Apple hardware has no device file on Linux and is therefore never found.
 */
export function probeDevices({ cpuSlots, folders = NODE_FOLDERS }: ProbeOptions): ReadonlyMap<Resource, readonly Device[]> {
  const nvidia = nvidiaGpus(folders);
  const hardware: Record<Resource, readonly Device[]> = {
    'm4-max': nvidia.length > 0 ? nvidia : renderNodes(folders),
    'neural-engine': accelerators(folders),
  };
  return new Map(RESOURCES.map((resource) => [resource, hardware[resource].length > 0 ? hardware[resource] : slots(resource, cpuSlots)]));
}

const slots = (resource: Resource, count: number): readonly Device[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${resource}-cpu-${index}`, kind: 'cpu', paths: [], health: 'Healthy' }));

function nvidiaGpus({ devices, nvidia }: ProbeFolders): readonly Device[] {
  const identities = new Map<string, string>();
  for (const entry of list(nvidia)) {
    const text = read(join(nvidia, entry, 'information'));
    const minor = /^Device Minor:\s*(\d+)/m.exec(text)?.[1];
    const identity = /^GPU UUID:\s*(GPU-[0-9a-f-]+)\s*$/m.exec(text)?.[1];
    if (minor !== undefined && identity !== undefined) identities.set(minor, identity);
  }
  const shared = NVIDIA_SHARED_FILES.map((name) => join(devices, name)).filter(isDeviceFile);
  return numbered(devices, /^nvidia(\d+)$/).map(({ number, path }) => hardware(identities.get(number) ?? `nvidia${number}`, 'cuda', [path, ...shared]));
}

function renderNodes({ devices, drm }: ProbeFolders): readonly Device[] {
  return numbered(join(devices, 'dri'), /^renderD(\d+)$/).flatMap(({ path }) => {
    const driver = /^DRIVER=(.+)$/m.exec(read(join(drm, basename(path), 'device', 'uevent')))?.[1];
    if (driver === undefined || !COMPUTING_DRM_DRIVERS.has(driver)) return [];
    const kernelQueue = join(devices, AMD_SHARED_FILE);
    const place = pciAddress(join(drm, basename(path), 'device'));
    const paths = driver === 'amdgpu' && isDeviceFile(kernelQueue) ? [path, kernelQueue] : [path];
    return [hardware(place === undefined ? basename(path) : `${driver}-${place}`, 'gpu', paths)];
  });
}

const accelerators = ({ devices }: ProbeFolders): readonly Device[] =>
  numbered(join(devices, 'accel'), /^accel(\d+)$/).map(({ path }) => hardware(basename(path), 'npu', [path]));

/** Render nodes are numbered in the order in which drivers load; the place on the bus stays. */
function pciAddress(link: string): string | undefined {
  try {
    return /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.exec(basename(readlinkSync(link)))?.[0].replace(/[:.]/g, '-');
  } catch {
    return undefined;
  }
}

const hardware = (id: string, kind: DeviceKind, paths: readonly string[]): Device => ({ id: id.slice(0, LONGEST_ID), kind, paths, health: 'Healthy' });

/** The device files of a folder whose names match, by rising number. */
function numbered(folder: string, pattern: RegExp): readonly { readonly number: string; readonly path: string }[] {
  return list(folder)
    .flatMap((name) => {
      const number = pattern.exec(name)?.[1];
      return number === undefined ? [] : [{ number, path: join(folder, name) }];
    })
    .filter(({ path }) => isDeviceFile(path))
    .sort((a, b) => Number(a.number) - Number(b.number));
}

/** False also for what cannot be looked at. */
function isDeviceFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isCharacterDevice() ?? false;
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
