export * from './bus.ts';
export { createMemoryBus, MemoryLink } from './memory/memory-bus.ts';
export { MemoryNetwork } from './memory/memory-network.ts';
