import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getJson, kubectl, rolledOut, soon } from './cluster.ts';

interface Alerts {
  readonly data: { readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>>; readonly annotations: { readonly summary: string } }[] };
}

const firing = async (name: string): Promise<readonly Alerts['data']['alerts'][number][]> =>
  (await getJson<Alerts>('http://localhost:9090/api/v1/alerts')).data.alerts.filter(({ state, labels }) => state === 'firing' && labels['alertname'] === name);
const query = async (expression: string): Promise<number> =>
  (await getJson<{ data: { result: unknown[] } }>(`http://localhost:9090/api/v1/query?query=${encodeURIComponent(expression)}`)).data.result.length;

/** A client on a slow line: half of its body, and the rest 300 ms later. */
function askSlowly(): void {
  const slow = request('http://localhost:8500/features/calculate/IBM', { method: 'POST', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } }, (response) => response.resume());
  slow.on('error', () => undefined); // the figures of Prometheus are the judge
  slow.write('{"features":');
  setTimeout(() => slow.end('["sma_20"]}'), 300);
}

describe('monitoring', () => {
  let slowClients: NodeJS.Timeout;
  beforeAll(() => {
    // It takes five minutes to fire, so its cause is there from the beginning.
    slowClients = setInterval(askSlowly, 200);
  });
  afterAll(async () => {
    clearInterval(slowClients);
    await kubectl('scale', 'deployment/nautilus-vpin-engine', 'statefulset/nautilus-neural-gpu-redis', '--replicas=1');
    await rolledOut('deployment/nautilus-vpin-engine');
    await rolledOut('statefulset/nautilus-neural-gpu-redis');
  });

  it('12: every panel\'s query gives data under traffic, and nothing is down', async () => {
    for (let i = 0; i < 20; i += 1) await getJson('http://localhost:8500/health');
    for (const file of ['triple-bus', 'buses']) {
      const { panels } = JSON.parse(readFileSync(`charts/nautilus/files/dashboards/${file}.json`, 'utf8')) as { panels: { targets: { expr: string }[] }[] };
      for (const { expr } of panels.flatMap(({ targets }) => targets)) {
        await soon(async () => expect([expr, await query(expr)]).toEqual([expr, expect.any(Number)]));
        await soon(async () => expect(await query(expr)).toBeGreaterThan(0));
      }
    }
    expect(await query('up{job="nautilus-engines"} == 0')).toBe(0);
    expect(await query('up{job="redis-buses", instance="localhost:6382"} == 0')).toBe(0);
  });

  it('11: alerts fire when their cause is there, and clear when it is gone', async () => {
    await kubectl('scale', 'deployment/nautilus-vpin-engine', '--replicas=0');
    await kubectl('scale', 'statefulset/nautilus-neural-gpu-redis', '--replicas=0');
    await soon(async () => expect((await firing('EngineDown')).map(({ annotations }) => annotations.summary)).toContain('Nautilus engine localhost:10000 is down'), 240_000);
    await soon(async () => expect((await firing('NeuralGPUBusDown')).map(({ annotations }) => annotations.summary)).toEqual(['Neural-GPU Bus is unreachable']), 240_000);
    await kubectl('scale', 'deployment/nautilus-vpin-engine', 'statefulset/nautilus-neural-gpu-redis', '--replicas=1');
    await soon(async () => expect([await firing('EngineDown'), await firing('NeuralGPUBusDown')]).toEqual([[], []]), 240_000);
  });

  it('HighLatency fires for the engine whose answers are slow', async () => {
    await soon(async () => expect((await firing('HighLatency')).map(({ annotations }) => annotations.summary)).toEqual(['High latency on localhost:8500']), 540_000);
  });
});
