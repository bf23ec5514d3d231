import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Names the machine whose clock `monotonic` shows: processes with the same name can compare its times. Containers on one
 * kernel share it; where the kernel does not tell which boot it is, the host's name stands for it.
 */
export function clockName(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return hostname();
  }
}
