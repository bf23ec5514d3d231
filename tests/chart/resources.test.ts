import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { describeChart, named, ofKind, podsOf, production, render, type Rendered } from './render.ts';

type Amounts = Readonly<Record<string, string | number>>;
interface Resources {
  readonly requests?: Amounts;
  readonly limits?: Amounts;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, m: 0.001, k: 1e3, M: 1e6, G: 1e9, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };
const quantity = (amount: string | number): number => {
  const [, digits = '', unit = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(String(amount)) ?? [];
  return Number(digits) * (UNITS[unit] ?? Number.NaN);
};
const resourcesOf = (objects: readonly Rendered[], kind: string, name: string): Resources => named(objects, kind, name)['spec'].template.spec.containers[0].resources;
const extended = (resources: Resources | undefined): string[] => [...Object.keys(resources?.requests ?? {}), ...Object.keys(resources?.limits ?? {})].filter((name) => name.includes('/'));

const GPU = 'gpu.nautilus.com/m4-max';
const onGpu = { triplebus: { neuralGpuBus: { resources: { requests: { [GPU]: 1 } } } } };

describeChart('resources', () => {
  it('fit the small profile on 2 cores and 8 GiB with 20 % to spare', () => {
    const objects = render();
    const total = { cpu: 0, memory: 0 };
    for (const object of ofKind(objects, 'Deployment', 'StatefulSet')) {
      const replicas: number = object['spec'].replicas ?? 1;
      for (const { resources } of object['spec'].template.spec.containers as { resources: Resources }[]) {
        total.cpu += replicas * quantity(resources.requests?.['cpu'] ?? 0);
        total.memory += replicas * quantity(resources.requests?.['memory'] ?? 0);
      }
    }
    expect(total.cpu).toBeGreaterThan(0.1);
    expect(total.cpu).toBeLessThanOrEqual(2 * 0.8);
    expect(total.memory).toBeLessThanOrEqual(8 * 1024 ** 3 * 0.8);
  });

  it('give the nine core families 19.5 CPU and 38 Gi as limits in production', () => {
    const values = parse(readFileSync(production, 'utf8')) as { engines: Record<string, { resources?: Resources }> };
    const core = ['analytics', 'risk', 'factor', 'ml', 'features', 'websocket', 'strategy', 'marketdata', 'portfolio'];
    const sum = (what: string): number => core.reduce((total, name) => total + quantity(values.engines[name]?.resources?.limits?.[what] ?? Number.NaN), 0);
    expect(sum('cpu')).toBeCloseTo(19.5);
    expect(sum('memory')).toBe(38 * 1024 ** 3);
  });

  it('have no extended resource while hardware is off, wherever it is written', () => {
    const objects = render({ files: [production], values: { hardware: { enabled: false } } });
    for (const { owner, spec } of podsOf(objects)) for (const { resources } of spec.containers as { resources: Resources }[]) expect([owner, extended(resources)]).toEqual([owner, []]);
    expect(ofKind(objects, 'DaemonSet')).toEqual([]);
  });

  it('have extended resources equally in requests and limits while hardware is on', () => {
    const found = resourcesOf(render({ values: { ...onGpu, hardware: { enabled: true } } }), 'StatefulSet', 'nautilus-neural-gpu-redis');
    expect(found.requests?.[GPU]).toBe(1);
    expect(found.limits?.[GPU]).toBe(1);
    const engine = resourcesOf(render({ values: { hardware: { enabled: true }, engines: { vpin: { dual: { resources: { limits: { [GPU]: 2 } } } } } } }), 'Deployment', 'nautilus-vpin-engine');
    expect([engine.requests?.[GPU], engine.limits?.[GPU]]).toEqual([2, 2]);
  });

  it('rename extended resources by the map', () => {
    const found = resourcesOf(render({ values: { ...onGpu, hardware: { enabled: true, resourceMap: { [GPU]: 'nvidia.com/gpu' } } } }), 'StatefulSet', 'nautilus-neural-gpu-redis');
    expect(extended(found)).toEqual(['nvidia.com/gpu', 'nvidia.com/gpu']);
  });

  it('render without resources, requests or limits', () => {
    for (const resources of [{}, { requests: {} }, { limits: {} }, { requests: null, limits: null }]) {
      expect(resourcesOf(render({ values: { engines: { vpin: { dual: { resources } } } } }), 'Deployment', 'nautilus-vpin-engine').requests?.['memory']).toBe('96Mi');
    }
  });

  it('merge requests key by key and raise a missing limit to the request', () => {
    const found = resourcesOf(render({ values: { engines: { vpin: { resources: { requests: { cpu: '40m' } }, dual: { resources: { requests: { memory: '2Gi' } } } } } } }), 'Deployment', 'nautilus-vpin-engine');
    expect(found).toEqual({ requests: { cpu: '40m', memory: '2Gi' }, limits: { memory: '2Gi' } });
  });

  it('hold Redis to the smaller of the setting and 75 % of its limit', () => {
    const bytes = (values: object): string => {
      const env = named(render({ values }), 'StatefulSet', 'nautilus-marketdata-redis')['spec'].template.spec.containers[0].env as { name: string; value: string }[];
      return env.find(({ name }) => name === 'REDIS_MAXMEMORY_BYTES')?.value ?? '';
    };
    expect(bytes({ triplebus: { marketdataBus: { resources: { limits: { memory: '1Gi' } } } } })).toBe(String(0.75 * 1024 ** 3));
    expect(bytes({ triplebus: { marketdataBus: { maxmemory: '64mb', resources: { limits: { memory: '1Gi' } } } } })).toBe(String(64 * 1024 ** 2));
  });
});

describeChart('replicas', () => {
  it('honours zero, and leaves the number out where the autoscaler sets it', () => {
    expect(named(render({ values: { engines: { vpin: { dual: { replicas: 0 } } } } }), 'Deployment', 'nautilus-vpin-engine')['spec'].replicas).toBe(0);
    const scaled = render({ values: { engines: { websocket: { autoscaling: { enabled: true, minReplicas: 2 } } } } });
    expect(named(scaled, 'Deployment', 'nautilus-websocket-engine')['spec']).not.toHaveProperty('replicas');
    expect(named(scaled, 'HorizontalPodAutoscaler', 'nautilus-websocket-engine')['spec'].minReplicas).toBe(2);
    expect(named(scaled, 'PodDisruptionBudget', 'nautilus-websocket-engine')['spec']).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
  });

  it('has no disruption budget for a single pod', () => {
    expect(ofKind(render(), 'PodDisruptionBudget')).toEqual([]);
  });

  it('has Sentinels only where a bus has replicas, three or more', () => {
    expect(ofKind(render(), 'StatefulSet').map(({ metadata }) => metadata.name)).not.toContain('nautilus-redis-sentinel');
    const objects = render({ values: { triplebus: { engineLogicBus: { replicas: 2 } } } });
    expect(named(objects, 'StatefulSet', 'nautilus-redis-sentinel')['spec'].replicas).toBe(3);
    expect(named(objects, 'Service', 'nautilus-engine-logic-redis')['spec'].selector).toHaveProperty(['nautilus.io/role'], 'primary');
    expect(named(objects, 'Service', 'nautilus-marketdata-redis')['spec'].selector).not.toHaveProperty(['nautilus.io/role']);
  });

  it('updates without unavailability, and replaces what may run only once', () => {
    const objects = render();
    expect(named(objects, 'Deployment', 'nautilus-websocket-engine')['spec'].strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
    expect(named(objects, 'Deployment', 'nautilus-vpin-engine')['spec'].strategy).toEqual({ type: 'Recreate' });
  });
});
