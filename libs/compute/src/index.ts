export { carry, columnsOf, fetchBytes } from './carriage.ts';
export { isShared, packColumns, sharedBytes, type Columns, type Layout, type PackedColumns } from './columns.ts';
export { BusCompute, type BusComputeParts } from './bus-compute.ts';
export { OffsetEstimate, type ClockOffset, type RoundTrip } from './clock-offset.ts';
export type { Compute, Computed, ComputeRequest, Ran } from './compute.ts';
export type { KernelOutput, KernelRun } from './kernel.ts';
export { KERNEL_NAMES, isKernelName, startKernel, type KernelName } from './kernels.ts';
export { LocalCompute, type LocalParts } from './local-compute.ts';
export { LANES, MOST_BYTES, resultSchema, taskSchema, type CarriedColumns, type ComputeResult, type ComputeTask, type Lane, type Marks, type Outcome } from './task.ts';
