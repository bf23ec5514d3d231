import { freemem } from 'node:os';
import { clockName, probeHardware, type HardwareReport } from '@nautilus/engine';
import type { Clock } from '@nautilus/model';

/** What was found on this machine. Nothing is derived from the name of a model. */
export interface Machine {
  readonly device: string;
  readonly threads: number;
  /** Names the machine whose clock the times of results are of. */
  readonly clockName: string;
  readonly hardware: HardwareReport;
  /** Bytes that this process may use: the limit of its container where there is one. */
  readonly memoryTotalBytes: number;
  /** Read and written by copying a block larger than caches; measured at the start. */
  readonly copyBandwidthGbs: number;
  readonly measuredAt: number;
}

const BLOCK_BYTES = 32 * 1024 * 1024;
const COPIES = 4;

export function probeMachine(clock: Clock): Machine {
  const hardware = probeHardware({ auto: true, neural: true, gpu: true });
  const limit = process.constrainedMemory();
  return {
    hardware,
    device: hardware.device,
    threads: hardware.threads,
    clockName: clockName(),
    // Without a limit the system gives 0 or more than there is.
    memoryTotalBytes: limit > 0 && limit < hardware.memoryTotalBytes ? limit : hardware.memoryTotalBytes,
    copyBandwidthGbs: copyBandwidth(clock),
    measuredAt: clock.now(),
  };
}

export function memoryUsedBytes(machine: Machine): number {
  return machine.memoryTotalBytes < machine.hardware.memoryTotalBytes ? process.memoryUsage.rss() : machine.memoryTotalBytes - freemem();
}

/** Each copy reads and writes the block; the fastest of some counts, after one that makes the pages. */
function copyBandwidth(clock: Clock): number {
  const [from, to] = [new Float64Array(BLOCK_BYTES / 8).fill(1), new Float64Array(BLOCK_BYTES / 8)];
  let fastestMs = Infinity;
  for (let copy = 0; copy <= COPIES; copy++) {
    const started = clock.monotonic();
    to.set(from);
    if (copy > 0) fastestMs = Math.min(fastestMs, clock.monotonic() - started);
  }
  return (2 * BLOCK_BYTES) / 1e6 / Math.max(fastestMs, 1e-3);
}
