/** The two resources that pods ask for. The names are the contract's; what stands behind them is told by the device's kind. */
export const RESOURCES = ['m4-max', 'neural-engine'] as const;
export type Resource = (typeof RESOURCES)[number];

export const resourceName = (resource: Resource): string => `gpu.nautilus.com/${resource}`;

/**
 * What a device really is: `cpu` a slot without any accelerator behind it, `cuda` an NVIDIA GPU, `gpu` a GPU behind a
 * DRM render node, `npu` a compute accelerator of the kernel's accel subsystem.
 */
export type DeviceKind = 'cpu' | 'cuda' | 'gpu' | 'npu';
