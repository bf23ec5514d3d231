import { NotFoundError } from '@nautilus/model';
import type { Columns } from './columns.ts';
import type { Kernel, KernelRun } from './kernel.ts';
import { vpinBandsKernel, vpinBatchKernel, vpinSweepKernel } from './kernels/vpin.ts';

/** Does nothing: measures the way to a kernel and back. */
const empty: Kernel = function* () {
  return { value: null, columns: {} };
};

const KERNELS = {
  empty,
  vpin_batch: vpinBatchKernel,
  vpin_sweep: vpinSweepKernel,
  vpin_bands: vpinBandsKernel,
} as const satisfies Readonly<Record<string, Kernel>>;

export type KernelName = keyof typeof KERNELS;
export const KERNEL_NAMES = Object.keys(KERNELS) as readonly KernelName[];

export function isKernelName(name: string): name is KernelName {
  return Object.hasOwn(KERNELS, name);
}

/** @throws NotFoundError for a kind that does not exist */
export function startKernel(kind: string, parameters: unknown, columns: Columns): KernelRun {
  if (!isKernelName(kind)) throw new NotFoundError('task kind', `there is no kernel ${kind}`, { kinds: KERNEL_NAMES });
  return KERNELS[kind](parameters, columns);
}
