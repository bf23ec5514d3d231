import { readFileSync, readdirSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';

/**
 * What this process found out about the machine. Only what was read is told: a sensor that was not read is null, a
 * device that was not opened is not called accelerating.
 */
export interface HardwareReport {
  readonly platform: string;
  readonly arch: string;
  readonly cpuModel: string | null;
  readonly cpuCores: number;
  readonly memoryTotalBytes: number;
  /** Device files that the driver offers to this process, with the model the driver tells. */
  readonly cudaDevices: readonly CudaDevice[];
  readonly wasmSimd: boolean;
  /** Threads that this process may run at once. */
  readonly threads: number;
  /** Where computations of this process run. */
  readonly backend: 'cpu';
  readonly device: string;
  readonly accelerated: false;
  readonly routing: LaneRouting;
}

export interface CudaDevice {
  readonly index: number;
  /** Null when the driver does not tell. */
  readonly model: string | null;
}

/** Settings that allow lanes; a lane without its hardware still runs, on the CPU. */
export interface LaneRouting {
  readonly auto: boolean;
  readonly neural: boolean;
  readonly gpu: boolean;
}

/** `driver` folders are parameters for tests. Reads files only; nothing is opened on the device. */
export function probeHardware(
  routing: LaneRouting,
  folders: { readonly devices: string; readonly driver: string } = { devices: '/dev', driver: '/proc/driver/nvidia/gpus' },
): HardwareReport {
  const processors = cpus();
  return {
    platform: platform(),
    arch: arch(),
    cpuModel: processors[0]?.model.trim() || null,
    cpuCores: processors.length,
    memoryTotalBytes: totalmem(),
    cudaDevices: cudaDevices(folders),
    wasmSimd: wasmValidates(SIMD_MODULE),
    threads: availableParallelism(),
    backend: 'cpu',
    device: 'cpu',
    accelerated: false,
    routing,
  };
}

/** A module whose only function returns `i8x16.popcnt(i32x4.splat(0))`: it validates only where SIMD is known. */
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, // magic, version
  1, 5, 1, 96, 0, 1, 123, // type: () -> v128
  3, 2, 1, 0, // function 0 of type 0
  10, 10, 1, 8, 0, 65, 0, 253, 17, 253, 98, 11, // body: i32.const 0, i32x4.splat, i8x16.popcnt, end
]);

/** The types of Node leave WebAssembly to those of browsers, which this repository does not load. */
function wasmValidates(module: Uint8Array): boolean {
  const { WebAssembly } = globalThis as { WebAssembly?: { validate(bytes: Uint8Array): boolean } };
  return WebAssembly?.validate(module) ?? false;
}

function cudaDevices(folders: { readonly devices: string; readonly driver: string }): readonly CudaDevice[] {
  const models = new Map<number, string>();
  for (const entry of list(folders.driver)) {
    const text = read(`${folders.driver}/${entry}/information`);
    const minor = /^Device Minor:\s*(\d+)/m.exec(text)?.[1];
    const model = /^Model:\s*(\S.*?)\s*$/m.exec(text)?.[1];
    if (minor !== undefined && model !== undefined) models.set(Number(minor), model);
  }
  return list(folders.devices)
    .flatMap((name) => /^nvidia(\d+)$/.exec(name)?.[1] ?? [])
    .map((index) => ({ index: Number(index), model: models.get(Number(index)) ?? null }))
    .sort((a, b) => a.index - b.index);
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
