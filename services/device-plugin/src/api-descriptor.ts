import type { fromJSON } from '@grpc/proto-loader';

/**
 * The interface of proto/deviceplugin-v1beta1.proto (Kubernetes, Apache License 2.0; origin and licence are told
 * there) in the form that proto-loader takes without a file, so that the image is one bundle. A test compares the two.
 */

interface Field {
  readonly type: string;
  readonly id: number;
  readonly rule?: 'repeated';
  readonly keyType?: string;
}

const text = (id: number): Field => ({ type: 'string', id });
const flag = (id: number): Field => ({ type: 'bool', id });
const one = (type: string, id: number): Field => ({ type, id });
const many = (type: string, id: number): Field => ({ rule: 'repeated', type, id });
const texts = (id: number): Field => ({ keyType: 'string', type: 'string', id });
const message = (fields: Readonly<Record<string, Field>> = {}) => ({ edition: 'proto3', fields: { ...fields } });
const method = (requestType: string, responseType: string) => ({ requestType, responseType, comment: '' });

export const API_DESCRIPTOR: Parameters<typeof fromJSON>[0] = {
  nested: {
    v1beta1: {
      nested: {
        Registration: { methods: { Register: method('RegisterRequest', 'Empty') } },
        DevicePlugin: {
          methods: {
            GetDevicePluginOptions: method('Empty', 'DevicePluginOptions'),
            ListAndWatch: { ...method('Empty', 'ListAndWatchResponse'), responseStream: true },
            GetPreferredAllocation: method('PreferredAllocationRequest', 'PreferredAllocationResponse'),
            Allocate: method('AllocateRequest', 'AllocateResponse'),
            PreStartContainer: method('PreStartContainerRequest', 'PreStartContainerResponse'),
          },
        },
        Empty: message(),
        DevicePluginOptions: message({ pre_start_required: flag(1), get_preferred_allocation_available: flag(2) }),
        RegisterRequest: message({ version: text(1), endpoint: text(2), resource_name: text(3), options: one('DevicePluginOptions', 4) }),
        ListAndWatchResponse: message({ devices: many('Device', 1) }),
        TopologyInfo: message({ nodes: many('NUMANode', 1) }),
        NUMANode: message({ ID: one('int64', 1) }),
        Device: message({ ID: text(1), health: text(2), topology: one('TopologyInfo', 3) }),
        PreStartContainerRequest: message({ devices_ids: many('string', 1) }),
        PreStartContainerResponse: message(),
        PreferredAllocationRequest: message({ container_requests: many('ContainerPreferredAllocationRequest', 1) }),
        ContainerPreferredAllocationRequest: message({
          available_deviceIDs: many('string', 1),
          must_include_deviceIDs: many('string', 2),
          allocation_size: one('int32', 3),
        }),
        PreferredAllocationResponse: message({ container_responses: many('ContainerPreferredAllocationResponse', 1) }),
        ContainerPreferredAllocationResponse: message({ deviceIDs: many('string', 1) }),
        AllocateRequest: message({ container_requests: many('ContainerAllocateRequest', 1) }),
        ContainerAllocateRequest: message({ devices_ids: many('string', 1) }),
        CDIDevice: message({ name: text(1) }),
        AllocateResponse: message({ container_responses: many('ContainerAllocateResponse', 1) }),
        ContainerAllocateResponse: message({
          envs: texts(1), mounts: many('Mount', 2), devices: many('DeviceSpec', 3), annotations: texts(4), cdi_devices: many('CDIDevice', 5),
        }),
        Mount: message({ container_path: text(1), host_path: text(2), read_only: flag(3) }),
        DeviceSpec: message({ container_path: text(1), host_path: text(2), permissions: text(3) }),
      },
    },
  },
};
