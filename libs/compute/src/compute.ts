import type { Priority } from '@nautilus/model';
import type { Columns } from './columns.ts';
import type { KernelOutput } from './kernel.ts';
import type { KernelName } from './kernels.ts';
import type { Lane } from './task.ts';

export interface ComputeRequest {
  readonly kind: KernelName;
  readonly parameters: unknown;
  readonly columns: Columns;
  readonly timeoutMs?: number;
  readonly priority?: Priority;
}

/** Which lane carried a computation, what the hardware was, and how it got there (contract.md, 2.4). */
export interface Ran {
  readonly processing_method: Lane;
  readonly backend: 'cpu' | 'cuda' | 'coreml' | 'webgpu';
  readonly device: string;
  readonly accelerated: boolean;
  readonly hardware_acceleration: 'direct_handoff' | 'cpu_fallback';
  /** Of the kernel alone. */
  readonly processing_time_ms: number;
  /** From just before the request was written until the worker held the decoded task; null where nothing was handed over, or between machines whose clocks cannot be compared well enough. */
  readonly handoff_time_ms: number | null;
  /** How it travelled; null where it was computed in the asking thread. */
  readonly transport: 'redis' | 'memory' | null;
  /** Why it did not run where it was meant to. */
  readonly fallback_reason?: string;
}

export interface Computed extends KernelOutput {
  readonly ran: Ran;
}

/**
 * Runs kernels somewhere. Equal requests give equal bits wherever they run. Rejects with what the kernel throws:
 * InvalidInputError for input that it refuses.
 */
export interface Compute {
  run(request: ComputeRequest): Promise<Computed>;
}
