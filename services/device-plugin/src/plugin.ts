import { rmSync } from 'node:fs';
import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js';
import type { Logger } from '@nautilus/engine';
import { asNautilusError } from '@nautilus/model';
import { allocate } from './allocation.ts';
import { devicePluginService, type AllocateRequest, type AllocateResponse, type DevicePluginOptions, type Empty, type ListAndWatchResponse } from './api.ts';
import type { Device } from './devices.ts';
import type { Inventory } from './inventory.ts';
import type { PluginMetrics } from './metrics.ts';
import { resourceName, type Resource } from './resources.ts';

/** GetPreferredAllocation and PreStartContainer are not implemented: the kubelet is told not to call them. */
export const PLUGIN_OPTIONS: DevicePluginOptions = { pre_start_required: false, get_preferred_allocation_available: false };

export interface PluginDependencies {
  readonly resource: Resource;
  readonly inventory: Inventory;
  readonly metrics: PluginMetrics;
  readonly log: Logger;
}

type WatchCall = ServerWritableStream<Empty, ListAndWatchResponse>;

/** The DevicePlugin service of one resource on one unix socket, from `listen` to `close`; a restart makes a new one. */
export class PluginServer {
  readonly socketPath: string;
  readonly #deps: PluginDependencies;
  readonly #server = new Server();
  readonly #watches = new Set<WatchCall>();

  constructor(socketPath: string, deps: PluginDependencies) {
    this.socketPath = socketPath;
    this.#deps = deps;
    this.#server.addService(devicePluginService, {
      GetDevicePluginOptions: (_call: ServerUnaryCall<Empty, DevicePluginOptions>, answer: sendUnaryData<DevicePluginOptions>) => answer(null, PLUGIN_OPTIONS),
      ListAndWatch: (call: WatchCall) => this.#watch(call),
      Allocate: (call: ServerUnaryCall<AllocateRequest, AllocateResponse>, answer: sendUnaryData<AllocateResponse>) => this.#allocate(call.request, answer),
    });
  }

  /** How many kubelet streams are open. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Rejects when the socket cannot be made. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(`unix:${this.socketPath}`, ServerCredentials.createInsecure(), (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Ends every stream and removes the socket. May be called at any time, also twice. */
  close(): void {
    for (const call of [...this.#watches]) call.end();
    this.#server.forceShutdown();
    rmSync(this.socketPath, { force: true });
  }

  #watch(call: WatchCall): void {
    const { inventory, resource } = this.#deps;
    let blocked = false;
    let newest: readonly Device[] | undefined;
    // A reader that is slow gets the newest list once it takes more, not every list in between.
    const send = (devices: readonly Device[]): void => {
      if (blocked) newest = devices;
      else blocked = !call.write({ devices: devices.map(({ id, health }) => ({ ID: id, health })) });
    };
    call.on('drain', () => {
      blocked = false;
      const devices = newest;
      newest = undefined;
      if (devices !== undefined) send(devices);
    });
    const unsubscribe = inventory.onChange(resource, send);
    const end = (): void => {
      unsubscribe();
      this.#watches.delete(call);
    };
    call.on('cancelled', () => {
      end();
      call.end();
    });
    call.on('close', end);
    call.on('finish', end);
    call.on('error', end);
    this.#watches.add(call);
    send(inventory.devices(resource));
  }

  #allocate(request: AllocateRequest, answer: sendUnaryData<AllocateResponse>): void {
    const { resource, inventory, metrics, log } = this.#deps;
    try {
      const response = allocate(resource, inventory.devices(resource), request);
      metrics.allocated(resource, 'granted');
      answer(null, response);
    } catch (error) {
      metrics.allocated(resource, 'refused');
      log.warn({ resource: resourceName(resource), error }, 'an allocation was refused');
      answer({ code: codeOf(error), details: error instanceof Error ? error.message : String(error) });
    }
  }
}

function codeOf(error: unknown): status {
  const kind = asNautilusError(error)?.kind;
  if (kind === 'not_found') return status.NOT_FOUND;
  if (kind === 'conflict') return status.FAILED_PRECONDITION;
  return kind === 'invalid_input' ? status.INVALID_ARGUMENT : status.INTERNAL;
}
