import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, credentials, Server, ServerCredentials, status, type ClientReadableStream, type MethodDefinition, type sendUnaryData, type ServerUnaryCall, type ServiceError } from '@grpc/grpc-js';
import {
  callOnce, CLIENT_OPTIONS, devicePluginService, KUBELET_SOCKET, registrationService,
  type AllocateRequest, type AllocateResponse, type CallOptions, type Empty, type ListAndWatchResponse, type RegisterRequest, type UnaryMethod,
} from './api.ts';

const allocateMethod: UnaryMethod<AllocateRequest, AllocateResponse> = { service: devicePluginService, name: 'Allocate' };

/** One ListAndWatch stream with all lists that arrived. */
export interface Watch {
  readonly lists: ListAndWatchResponse[];
  readonly ended: () => boolean;
  cancel(): void;
}

/**
 * The kubelet's side of the API on a real socket, for tests: takes registrations and, like the kubelet, opens a
 * stream to each plugin that it accepted.
 */
export class FakeKubelet {
  readonly registrations: RegisterRequest[] = [];
  readonly watches: Watch[] = [];
  /** Registrations are refused with this text while it is set. */
  refusal: string | undefined;
  /** Whether an accepted plugin gets its stream. */
  watching = true;
  readonly #folder: string;
  #server: Server | undefined;
  readonly #clients = new Set<Client>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  start(): Promise<void> {
    const server = new Server();
    this.#server = server;
    server.addService(registrationService, {
      Register: ({ request }: ServerUnaryCall<RegisterRequest, Empty>, answer: sendUnaryData<Empty>) => {
        if (this.refusal !== undefined) return answer({ code: status.FAILED_PRECONDITION, details: this.refusal });
        this.registrations.push(request);
        answer(null, {});
        if (this.watching) this.watches.push(this.watch(request.endpoint));
      },
    });
    return new Promise((resolve, reject) => {
      server.bindAsync(`unix:${join(this.#folder, KUBELET_SOCKET)}`, ServerCredentials.createInsecure(), (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Ends with its socket and every stream. */
  stop(): void {
    for (const client of this.#clients) client.close();
    this.#clients.clear();
    this.#server?.forceShutdown();
    rmSync(join(this.#folder, KUBELET_SOCKET), { force: true });
  }

  watch(endpoint: string): Watch {
    const { path, requestSerialize, responseDeserialize } = devicePluginService.ListAndWatch as MethodDefinition<Empty, ListAndWatchResponse>;
    const client = new Client(`unix:${join(this.#folder, endpoint)}`, credentials.createInsecure(), CLIENT_OPTIONS);
    this.#clients.add(client);
    const stream: ClientReadableStream<ListAndWatchResponse> = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {});
    const lists: ListAndWatchResponse[] = [];
    let ended = false;
    stream.on('data', (list: ListAndWatchResponse) => lists.push(list));
    stream.on('error', (_error: ServiceError) => (ended = true));
    stream.on('end', () => (ended = true));
    return { lists, ended: () => ended, cancel: () => stream.cancel() };
  }

  /** Asks for devices, one list of ids per container. Rejects with what the plugin refuses. */
  allocate(endpoint: string, containers: readonly (readonly string[])[], delay: CallOptions['delay']): Promise<AllocateResponse> {
    const request = { container_requests: containers.map((ids) => ({ devices_ids: ids })) };
    return callOnce(join(this.#folder, endpoint), allocateMethod, request, { timeoutMs: 5_000, delay });
  }
}
