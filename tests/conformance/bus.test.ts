import { createMemoryBus, createRedisBus, MemoryLink, MemoryNetwork } from '@nautilus/bus';
import { TcpProxy, startRedis } from '@nautilus/testkit';
import { busConformance } from '@nautilus/testkit/conformance/bus';

busConformance('in-memory', () => {
  const network = new MemoryNetwork(() => Date.now());
  const link = new MemoryLink();
  return Promise.resolve({
    connect: (options) => createMemoryBus(network, options, link),
    cut: () => Promise.resolve(link.set(false)),
    heal: () => Promise.resolve(link.set(true)),
    loseData: () => Promise.resolve(network.loseData()),
    close: () => Promise.resolve(),
  });
});

busConformance('Redis', async () => {
  const redis = await startRedis();
  const proxy = await TcpProxy.start({ port: redis.port });
  const address = { host: proxy.host, port: proxy.port };
  return {
    connect: (options) => createRedisBus({ ...options, servers: { marketdata: address, engine_logic: address, neural_gpu: address } }),
    cut: () => proxy.cut(),
    heal: () => proxy.heal(),
    loseData: async () => void (await redis.cli('flushall')),
    close: async () => {
      await proxy.close();
      await redis.stop();
    },
  };
});
