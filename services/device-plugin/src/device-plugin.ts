import type { Ambient, Logger } from '@nautilus/engine';
import type { Probe } from './devices.ts';
import { Inventory } from './inventory.ts';
import { PluginMetrics, serveMetrics } from './metrics.ts';
import { CHECK_INTERVAL_MS, Registration } from './registration.ts';
import { RESOURCES, resourceName } from './resources.ts';
import { SocketFolder } from './socket-folder.ts';

export interface DevicePluginOptions {
  readonly socketFolder: string;
  /** 0 takes a free one. */
  readonly metricsPort: number;
  readonly probe: Probe;
  readonly ambient: Pick<Ambient, 'clock' | 'delay' | 'newId'>;
  readonly log: Logger;
}

export interface DevicePlugin {
  readonly metricsPort: number;
  /** Takes the devices that are found now as the new list. */
  reread(): void;
  /** Ends both plugin servers, removes their sockets, closes the metrics port. */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects when a plugin gave up (see Registration.run), after the others were stopped too. */
  readonly ended: Promise<void>;
}

/** Both resources, health of the devices once a second, and the metrics. Rejects when the metrics port is taken. */
export async function startDevicePlugin({ socketFolder, metricsPort, probe, ambient, log }: DevicePluginOptions): Promise<DevicePlugin> {
  const inventory = new Inventory(probe);
  const metrics = new PluginMetrics(inventory);
  const http = await serveMetrics(metrics, metricsPort);
  const folder = new SocketFolder(socketFolder);
  const { clock, delay, newId } = ambient;
  const registrations = RESOURCES.map(
    (resource) => new Registration({ resource, inventory, metrics, log, folder, delay, newId, monotonic: () => clock.monotonic() }),
  );
  const tell = (): void => {
    for (const resource of RESOURCES) {
      const devices = inventory.devices(resource);
      const unhealthy = devices.filter(({ health }) => health === 'Unhealthy').map(({ id }) => id);
      const fields = { resource: resourceName(resource), devices: devices.length, kinds: [...new Set(devices.map(({ kind }) => kind))] };
      if (unhealthy.length === 0) log.info(fields, 'devices offered');
      else log.warn({ ...fields, unhealthy }, 'devices offered');
    }
  };
  tell();

  let cancelCheck = (): void => undefined;
  const checkLater = (): void => {
    cancelCheck = delay(CHECK_INTERVAL_MS, () => {
      if (inventory.checkHealth()) tell();
      checkLater();
    });
  };
  checkLater();
  const stopAll = (): void => {
    cancelCheck();
    for (const registration of registrations) registration.stop();
  };
  const ended = Promise.all(
    registrations.map(async (registration) => {
      try {
        await registration.run();
      } finally {
        // Without one resource the other is stopped as well: the process ends and is started anew as a whole.
        stopAll();
      }
    }),
  ).then(() => undefined);
  return {
    metricsPort: http.port,
    ended,
    reread() {
      inventory.reread();
      tell();
    },
    async stop() {
      stopAll();
      await Promise.allSettled([ended]);
      await http.close();
    },
  };
}
