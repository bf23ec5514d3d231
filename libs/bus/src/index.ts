export * from './bus.ts';
export { compareEntryIds } from './entry-id.ts';
export { type Lane } from './stream-server.ts';
export { createMemoryBus, MemoryLink } from './memory/memory-bus.ts';
export { MemoryNetwork } from './memory/memory-network.ts';
export { createRedisBus, type RedisBusOptions } from './redis/redis-bus.ts';
export { type RedisAddress } from './redis/connection.ts';
export { createAuditStream, type AuditStream, type AuditStreamOptions } from './redis/audit-stream.ts';
export { probeRedis, probeRole, roleOf, type ProbeOptions, type RedisFigures } from './redis/probe.ts';
