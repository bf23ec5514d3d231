import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { alerts, getJson, kubectl, rolledOut, soon } from './cluster.ts';

const query = async (expression: string): Promise<number> =>
  (await getJson<{ data: { result: unknown[] } }>(`http://localhost:9090/api/v1/query?query=${encodeURIComponent(expression)}`)).data.result.length;

describe('monitoring', () => {
  afterAll(async () => {
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
    await soon(async () => expect((await alerts('EngineDown')).map(({ annotations }) => annotations.summary)).toContain('Nautilus engine localhost:10000 is down'), 240_000);
    await soon(async () => expect((await alerts('NeuralGPUBusDown')).map(({ annotations }) => annotations.summary)).toEqual(['Neural-GPU Bus is unreachable']), 240_000);
    await kubectl('scale', 'deployment/nautilus-vpin-engine', 'statefulset/nautilus-neural-gpu-redis', '--replicas=1');
    await soon(async () => expect([await alerts('EngineDown'), await alerts('NeuralGPUBusDown')]).toEqual([[], []]), 240_000);
  });
});
