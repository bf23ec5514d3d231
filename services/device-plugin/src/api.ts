import { fromJSON } from '@grpc/proto-loader';
import { Client, credentials, logVerbosity, setLogVerbosity, type MethodDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { TransientError } from '@nautilus/model';
import { API_DESCRIPTOR } from './api-descriptor.ts';

/** Messages of the v1beta1 API as they are used here; names as in the proto file. */

export const API_VERSION = 'v1beta1';
export const KUBELET_SOCKET = 'kubelet.sock';

/** The kubelet compares these texts letter by letter. */
export type DeviceHealth = 'Healthy' | 'Unhealthy';

export interface ListedDevice {
  readonly ID: string;
  readonly health: string;
}
export interface ListAndWatchResponse {
  readonly devices: readonly ListedDevice[];
}
export interface DevicePluginOptions {
  readonly pre_start_required: boolean;
  readonly get_preferred_allocation_available: boolean;
}
export interface RegisterRequest {
  readonly version: string;
  /** File name of the socket, not its path. */
  readonly endpoint: string;
  readonly resource_name: string;
  readonly options: DevicePluginOptions;
}
export interface AllocateRequest {
  readonly container_requests: readonly { readonly devices_ids: readonly string[] }[];
}
export interface DeviceSpec {
  readonly container_path: string;
  readonly host_path: string;
  readonly permissions: string;
}
export interface Mount {
  readonly container_path: string;
  readonly host_path: string;
  readonly read_only: boolean;
}
export interface ContainerAllocateResponse {
  readonly envs: Readonly<Record<string, string>>;
  readonly devices: readonly DeviceSpec[];
  readonly mounts: readonly Mount[];
}
export interface AllocateResponse {
  readonly container_responses: readonly ContainerAllocateResponse[];
}
export type Empty = Readonly<Record<string, never>>;

// The library writes lines of its own form to standard error; what fails is rejected to us and logged in ours.
setLogVerbosity(logVerbosity.NONE);

export const LOADER_OPTIONS = { keepCase: true, longs: String, defaults: true } as const;

const definition = fromJSON(API_DESCRIPTOR, LOADER_OPTIONS);
const service = (name: string): ServiceDefinition => definition[`${API_VERSION}.${name}`] as ServiceDefinition;

export const registrationService = service('Registration');
export const devicePluginService = service('DevicePlugin');

/** A call with one answer. */
export interface UnaryMethod<Request, Response> {
  readonly service: ServiceDefinition;
  readonly name: string;
  /** Carries the types only. */
  readonly types?: (request: Request) => Response;
}

export const register: UnaryMethod<RegisterRequest, Empty> = { service: registrationService, name: 'Register' };
export const getOptions: UnaryMethod<Empty, DevicePluginOptions> = { service: devicePluginService, name: 'GetDevicePluginOptions' };

/**
 * A pool of its own for each client: a shared connection would keep the back-off, or the inode, of a socket that
 * was replaced since.
 */
export const CLIENT_OPTIONS = { 'grpc.use_local_subchannel_pool': 1, 'grpc.enable_http_proxy': 0 } as const;

export interface CallOptions {
  readonly timeoutMs: number;
  readonly delay: (delayMs: number, run: () => void) => () => void;
}

/**
 * One call over a connection of its own to a unix socket (absolute path).
 * @throws TransientError when nobody answers, the answer is an error, or the time is over.
 */
export function callOnce<Request, Response>(
  socketPath: string,
  method: UnaryMethod<Request, Response>,
  request: Request,
  { timeoutMs, delay }: CallOptions,
): Promise<Response> {
  const { path, requestSerialize, responseDeserialize } = method.service[method.name] as MethodDefinition<Request, Response>;
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure(), CLIENT_OPTIONS);
  return new Promise<Response>((resolve, reject) => {
    const call = client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) => {
      cancelTimeout();
      if (error === null && response !== undefined) resolve(response);
      else reject(new TransientError(`${method.name} at ${socketPath}: ${error?.details ?? 'no answer'}`, { cause: error }));
    });
    const cancelTimeout = delay(timeoutMs, () => call.cancel());
  }).finally(() => client.close());
}
