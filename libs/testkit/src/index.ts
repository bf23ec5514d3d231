export * from './eventually.ts';
export * from './fake-clock.ts';
export * from './free-port.ts';
export * from './shared-data.ts';
export * from './unique-prefix.ts';
export * from './servers/redis.ts';
