import { ConflictError, InvalidInputError, NotFoundError } from '@nautilus/model';
import type { AllocateRequest, AllocateResponse, ContainerAllocateResponse } from './api.ts';
import type { Device } from './devices.ts';
import { resourceName, type Resource } from './resources.ts';

/**
 * What each container needs for the devices it was given, in the order asked; repeated ids count once. Changes
 * nothing, so a second call with the same ids gives the same answer.
 *
 * Environment: `NAUTILUS_DEVICE_KIND` says what the device really is (`cpu`, `cuda`, `gpu`, `npu`). A container with
 * both resources gets that variable twice and keeps one of them, so the same is told per resource, e.g.
 * `NAUTILUS_DEVICE_KIND_M4_MAX` and, separated by commas, `NAUTILUS_DEVICE_IDS_M4_MAX`.
 *
 * @throws NotFoundError for an id that is not offered, ConflictError for an unhealthy device, InvalidInputError for a
 * container that names no device. One refused container refuses the whole request.
 */
export function allocate(resource: Resource, devices: readonly Device[], request: AllocateRequest): AllocateResponse {
  const byId = new Map(devices.map((device) => [device.id, device]));
  return {
    container_responses: request.container_requests.map(({ devices_ids: ids }) => {
      const chosen = [...new Set(ids)].map((id) => {
        const device = byId.get(id);
        if (device === undefined) throw new NotFoundError('device', `${resourceName(resource)} offers no device "${id}"`);
        if (device.health !== 'Healthy') throw new ConflictError(`device "${id}" of ${resourceName(resource)} is unhealthy`);
        return device;
      });
      return answerFor(resource, chosen);
    }),
  };
}

function answerFor(resource: Resource, devices: readonly Device[]): ContainerAllocateResponse {
  const [first] = devices;
  if (first === undefined) throw new InvalidInputError([{ path: 'devices_ids', message: 'names no device' }]);
  const suffix = resource.toUpperCase().replaceAll('-', '_');
  const files = new Set(devices.flatMap(({ paths }) => paths));
  return {
    envs: {
      // The devices of one resource are of one kind.
      NAUTILUS_DEVICE_KIND: first.kind,
      [`NAUTILUS_DEVICE_KIND_${suffix}`]: first.kind,
      [`NAUTILUS_DEVICE_IDS_${suffix}`]: devices.map(({ id }) => id).join(','),
    },
    devices: [...files].map((path) => ({ container_path: path, host_path: path, permissions: 'rw' })),
    mounts: [],
  };
}
