import { join } from 'node:path';
import { API_VERSION, callOnce, getOptions, register, type CallOptions } from './api.ts';
import { CrashBudget } from './crash-budget.ts';
import type { RestartReason } from './metrics.ts';
import { PLUGIN_OPTIONS, PluginServer, type PluginDependencies } from './plugin.ts';
import { resourceName } from './resources.ts';
import type { SocketFolder } from './socket-folder.ts';

/** Between two looks at the own socket and the kubelet's. */
export const CHECK_INTERVAL_MS = 1_000;
/** After a failure, before the next try. */
const RETRY_PAUSE_MS = 5_000;
const CALL_TIMEOUT_MS = 5_000;
/** A kubelet without a stream from us counts our devices as lost, and comes back only if we register again. */
const WITHOUT_WATCH_MS = 10_000;

export interface RegistrationDependencies extends PluginDependencies {
  readonly folder: SocketFolder;
  readonly delay: CallOptions['delay'];
  readonly monotonic: () => number;
  readonly newId: () => string;
}

/**
 * Keeps one resource registered: serve, prove it, register, watch both sockets, and begin again with a new server and
 * a new socket name whenever something changed.
 */
export class Registration {
  readonly #deps: RegistrationDependencies;
  readonly #crashes: CrashBudget;
  #stopped = false;
  #wake: () => void = () => undefined;

  constructor(deps: RegistrationDependencies) {
    this.#deps = deps;
    this.#crashes = new CrashBudget(deps.monotonic);
  }

  /**
   * Resolves after `stop`, with the socket removed.
   * @throws ConflictError when another instance offers the resource; Error after more than five server crashes
   * within an hour, or when the folder cannot be read.
   */
  async run(): Promise<void> {
    const { resource, metrics, log, folder } = this.#deps;
    const endWatching = folder.onChange(() => this.#wake());
    try {
      while (!this.#stopped) {
        const reason = await this.#serve();
        if (reason === undefined) return;
        metrics.restarted(resource, reason);
        log.warn({ resource: resourceName(resource), reason }, 'the plugin server starts again');
        if (reason === 'server_failed' && !this.#crashes.spend()) throw new Error(`the server of ${resourceName(resource)} crashed too often within an hour`);
        if (reason === 'server_failed' || reason === 'registration_failed' || reason === 'watch_lost') await this.#pause();
      }
    } finally {
      endWatching();
    }
  }

  /** Ends `run`; an outstanding call may take its time-out. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** One life of a server. The reason to start again, or undefined when it was told to stop. */
  async #serve(): Promise<RestartReason | undefined> {
    const { resource, folder, log, delay, newId } = this.#deps;
    const stale = await folder.removeStale(resource);
    if (stale.length > 0) log.info({ resource: resourceName(resource), stale }, 'sockets of earlier starts were removed');
    const name = folder.newSocketName(resource, newId());
    const server = new PluginServer(join(folder.path, name), this.#deps);
    const call = { timeoutMs: CALL_TIMEOUT_MS, delay };
    try {
      try {
        await server.listen();
        await callOnce(server.socketPath, getOptions, {}, call);
      } catch (error) {
        log.error({ resource: resourceName(resource), error }, 'the plugin server does not serve');
        return 'server_failed';
      }
      // Taken before registering: a kubelet that is replaced meanwhile is then seen as another one.
      const kubelet = await this.#awaitKubelet(name);
      if (kubelet === undefined) return this.#stopped ? undefined : 'socket_removed';
      try {
        await callOnce(folder.kubeletSocket, register, { version: API_VERSION, endpoint: name, resource_name: resourceName(resource), options: PLUGIN_OPTIONS }, call);
      } catch (error) {
        log.warn({ resource: resourceName(resource), error }, 'the kubelet did not take the registration');
        return 'registration_failed';
      }
      log.info({ resource: resourceName(resource), socket: name }, 'registered with the kubelet');
      return await this.#watch(server, name, kubelet);
    } finally {
      server.close();
    }
  }

  /** The kubelet's identity once it has a socket; undefined when the own socket is gone or the end has come. */
  async #awaitKubelet(name: string): Promise<string | undefined> {
    const { folder, log, resource } = this.#deps;
    for (let told = false; !this.#stopped && folder.exists(name); await this.#nextCheck()) {
      const identity = folder.kubeletIdentity();
      if (identity !== undefined) return identity;
      if (!told) log.warn({ resource: resourceName(resource), socket: folder.kubeletSocket }, 'waiting for the kubelet');
      told = true;
    }
    return undefined;
  }

  async #watch(server: PluginServer, name: string, kubelet: string): Promise<RestartReason | undefined> {
    const { folder, monotonic } = this.#deps;
    let watchedAtMs = monotonic();
    while (!this.#stopped) {
      if (folder.kubeletIdentity() !== kubelet) return 'kubelet_restarted';
      if (!folder.exists(name)) return 'socket_removed';
      if (server.watches > 0) watchedAtMs = monotonic();
      else if (monotonic() - watchedAtMs >= WITHOUT_WATCH_MS) return 'watch_lost';
      await this.#nextCheck();
    }
    return undefined;
  }

  /** A change in the folder shortens the wait; nothing depends on being told. */
  #nextCheck(): Promise<void> {
    return this.#wait(CHECK_INTERVAL_MS, true);
  }

  #pause(): Promise<void> {
    return this.#wait(RETRY_PAUSE_MS, false);
  }

  #wait(durationMs: number, wakeable: boolean): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve();
      const end = (): void => {
        this.#wake = () => undefined;
        cancel();
        resolve();
      };
      const cancel = this.#deps.delay(durationMs, end);
      this.#wake = () => {
        if (wakeable || this.#stopped) end();
      };
    });
  }
}
