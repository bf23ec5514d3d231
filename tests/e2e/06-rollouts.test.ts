import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allOperational, health, kubectl, kubectlJson, measured, RELEASE, rolledOut, soon, upgrade } from './cluster.ts';

/** Requests through the gateway all the time; what failed is kept. */
class Traffic {
  readonly failures: string[] = [];
  readonly answeredBy = new Map<string, number>();
  requests = 0;
  #running = true;
  readonly #loops: Promise<void>[];

  constructor(url: string, clients = 4) {
    this.#loops = Array.from({ length: clients }, () => this.#loop(url));
  }

  async #loop(url: string): Promise<void> {
    while (this.#running) {
      this.requests += 1;
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
        const body = (await response.json()) as { engine_id?: string };
        if (response.status !== 200) this.failures.push(`${response.status} ${JSON.stringify(body)}`);
        else if (body.engine_id !== undefined) this.answeredBy.set(body.engine_id, (this.answeredBy.get(body.engine_id) ?? 0) + 1);
      } catch (error) {
        this.failures.push(String(error));
      }
    }
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
  }
}

const reads = async (deployment: string): Promise<number> => {
  const { items } = await kubectlJson<{ items: { metadata: { name: string; deletionTimestamp?: string } }[] }>('get', 'pods', '--selector', `app.kubernetes.io/component=${deployment}`);
  const [pod, ...others] = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (pod === undefined || others.length > 0) throw new Error(`${deployment} has ${items.length} pods`);
  const body = await kubectl('exec', pod.metadata.name, '--', 'node', '-e', "fetch('http://localhost:8600/messagebus/subscriptions').then((r) => r.json()).then((b) => console.log(b.subscriptions.length))");
  return Number(body);
};
/** What `make promote` does; its output, also when it decided against. */
const promote = (window: string): string => {
  const { stdout, stderr } = spawnSync(process.execPath, ['tools/cluster.ts', 'promote', 'websocket', '--window', window], { encoding: 'utf8' });
  return `${stdout}${stderr}`;
};

describe('rollouts under traffic', () => {
  beforeAll(async () => {
    // Four clients would soon meet the limit of 1,000 requests a minute.
    await upgrade('api.rateLimit=0');
    await soon(allOperational);
  });
  afterAll(async () => {
    await upgrade('engines.websocket.rollout=rolling', 'engines.websocket.idleColour=false', 'engines.websocket.canaryReplicas=0', 'engines.websocket.activeColour=blue');
    await soon(allOperational);
  });

  it('switch from blue to green without a failed request; the idle colour reads no bus before', async () => {
    await upgrade('engines.websocket.rollout=blueGreen', 'engines.websocket.idleColour=true');
    await rolledOut(`deployment/${RELEASE}-websocket-engine-green`);
    await soon(async () => expect(await reads('websocket')).toBeGreaterThan(0));
    expect(await reads('websocket-green')).toBe(0);

    const traffic = new Traffic('http://localhost:8001/api/websocket/health');
    const began = performance.now();
    await upgrade('engines.websocket.activeColour=green');
    await soon(async () => expect((await reads('websocket-green')) > 0).toBe(true), 180_000);
    measured(`green reads ${((performance.now() - began) / 1_000).toFixed(1)} s after the switch began`);
    // The old colour ends and comes back as the idle one.
    await soon(async () => expect(await reads('websocket')).toBe(0), 180_000);
    await traffic.stop();
    measured(`${traffic.requests} requests during the switch, ${traffic.failures.length} failed`);
    expect(traffic.failures).toEqual([]);
    expect([...traffic.answeredBy.keys()].some((id) => id.includes('-green-'))).toBe(true);
    expect((await health(8600)).status).toBe('operational');
  });

  it('send a canary its share and promote it without a failed request', async () => {
    await upgrade('engines.websocket.rollout=canary', 'engines.websocket.activeColour=blue', 'engines.websocket.canaryReplicas=1', 'engines.websocket.canaryWeight=30');
    await rolledOut(`deployment/${RELEASE}-websocket-engine-canary`);
    const traffic = new Traffic('http://localhost:8001/api/websocket/health');
    const byCanary = (): number => [...traffic.answeredBy].filter(([id]) => id.includes('-canary-')).reduce((sum, [, count]) => sum + count, 0);
    await soon(() => expect(byCanary()).toBeGreaterThan(100), 180_000);
    // The same image does no worse than itself, so the command promotes it.
    await soon(() => expect(promote('1m')).toContain('websocket is promoted'), 240_000);
    expect(await kubectl('get', 'deployments', '--output', 'name')).not.toContain('-canary');
    await traffic.stop();
    measured(`canary answered ${byCanary()} of ${traffic.requests} requests, ${traffic.failures.length} failed`);
    expect(traffic.failures).toEqual([]);
  });
});
