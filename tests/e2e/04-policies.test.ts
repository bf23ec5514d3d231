import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { engines, kubectl, kubectlIn, NAMESPACE, RELEASE, serviceOf } from './cluster.ts';

const FOREIGN = 'e2e-foreign';
const SERVERS: Readonly<Record<string, number>> = {
  redis: 6379, 'marketdata-redis': 6380, 'engine-logic-redis': 6381, 'neural-gpu-redis': 6382, postgres: 5432, prometheus: 9090, 'redis-exporter': 9121,
};

/** `open` or `closed`, as a pod that belongs to nobody sees it. */
const reach = (service: string, port: number): Promise<string> =>
  kubectlIn(FOREIGN, 'exec', 'visitor', '--', 'node', '-e', `
    const socket = require('net').connect({ host: '${RELEASE}-${service}.${NAMESPACE}', port: ${port}, timeout: 3000 });
    const end = (text) => { console.log(text); process.exit(0); };
    socket.on('connect', () => end('open')).on('timeout', () => end('closed')).on('error', () => end('closed'));`);

describe('37: a foreign pod', () => {
  beforeAll(async () => {
    const image = await kubectl('get', 'deployment', `${RELEASE}-gateway`, '--output', 'jsonpath={.spec.template.spec.containers[0].image}');
    await kubectlIn('default', 'create', 'namespace', FOREIGN);
    await kubectlIn(FOREIGN, 'run', 'visitor', `--image=${image}`, '--image-pull-policy=IfNotPresent', '--restart=Never', '--command', '--', 'node', '-e', 'setInterval(() => {}, 1000)');
    await kubectlIn(FOREIGN, 'wait', '--for=condition=Ready', 'pod/visitor', '--timeout=120s');
  });
  afterAll(() => kubectlIn('default', 'delete', 'namespace', FOREIGN, '--wait=false'));

  it('reaches the gateway, so that what follows is about policies', async () => {
    expect(await reach('gateway', 8001)).toBe('open');
  });

  it.each(Object.entries(SERVERS))('does not reach %s', async (service, port) => {
    expect(await reach(service, port)).toBe('closed');
  });

  it('reaches no engine', async () => {
    for (const { name, port } of await engines()) {
      const service = serviceOf(name);
      expect([service, await reach(service, port)]).toEqual([service, 'closed']);
    }
  });
});
