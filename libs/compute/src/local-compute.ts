import type { Clock } from '@nautilus/model';
import type { Compute, Computed, ComputeRequest } from './compute.ts';
import { startKernel } from './kernels.ts';

export interface LocalParts {
  readonly clock: Clock;
  /** Lets others be served between two steps. */
  readonly pause: () => Promise<void>;
}

/** Longest time of steps before others are served. */
const SLICE_MS = 20;

/** Runs kernels in the asking thread. */
export class LocalCompute implements Compute {
  readonly #parts: LocalParts;

  constructor(parts: LocalParts) {
    this.#parts = parts;
  }

  async run({ kind, parameters, columns }: ComputeRequest): Promise<Computed> {
    const { clock, pause } = this.#parts;
    const steps = startKernel(kind, parameters, columns);
    let spentMs = 0;
    for (;;) {
      const from = clock.monotonic();
      let step = steps.next();
      while (step.done !== true && clock.monotonic() - from < SLICE_MS) step = steps.next();
      spentMs += clock.monotonic() - from;
      if (step.done === true) return { ...step.value, ran: { ...HERE, processing_time_ms: spentMs } };
      await pause();
    }
  }
}

const HERE = {
  processing_method: 'cpu', backend: 'cpu', device: 'cpu', accelerated: false, hardware_acceleration: 'cpu_fallback', handoff_time_ms: null, transport: null,
} as const;
