import { BUSES, type BusName } from '@nautilus/model';
import type { Bus, BusOptions } from '../bus.ts';
import { StreamBus } from '../stream-bus.ts';
import type { RedisAddress } from './connection.ts';
import { RedisServer } from './redis-server.ts';

export interface RedisBusOptions extends BusOptions {
  readonly servers: Readonly<Partial<Record<BusName, RedisAddress>>>;
  /** Keeps tests that share a server apart. */
  readonly keyPrefix?: string;
}

/** The bus over Redis Streams. Connects in the background; never throws because a server is away. */
export function createRedisBus(options: RedisBusOptions): Bus {
  const { engine, instance } = options.identity;
  const servers = options.buses.map(
    (bus) =>
      new RedisServer({
        bus,
        address: options.servers[bus] ?? { host: 'localhost', port: BUSES[bus].port },
        // Redis allows no blanks in a client's name.
        clientName: `nautilus-${engine}-${instance}`.replaceAll(/\s/g, '-'),
        keyPrefix: options.keyPrefix ?? '',
        ambient: options.ambient,
      }),
  );
  return new StreamBus(options, servers);
}
