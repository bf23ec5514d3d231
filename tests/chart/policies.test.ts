import { expect, it } from '@jest/globals';
import { describeChart, ofKind, podsOf, render, type Rendered } from './render.ts';

interface Peer {
  readonly podSelector?: Selector;
}
interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: 'In'; readonly values: readonly string[] }[];
}

const matches = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, values }) => labels[key] !== undefined && values.includes(labels[key]));

/** Whether the policies let a pod with labels `from` reach a port of a pod with labels `to`. */
function allowed(objects: readonly Rendered[], from: Readonly<Record<string, string>>, to: Readonly<Record<string, string>>, port: number): boolean {
  const policies = ofKind(objects, 'NetworkPolicy').filter((policy) => policy['spec'].policyTypes.includes('Ingress') && matches(policy['spec'].podSelector, to));
  if (policies.length === 0) return true;
  return policies.some((policy) => ((policy['spec'].ingress ?? []) as { ports: { port: number }[]; from?: Peer[] }[]).some(
    (rule) => rule.ports.some((open) => open.port === port) && (rule.from === undefined || rule.from.some(({ podSelector }) => podSelector !== undefined && matches(podSelector, from))),
  ));
}

const replicated = { triplebus: { marketdataBus: { replicas: 3 }, engineLogicBus: { replicas: 3 }, neuralGpuBus: { replicas: 2 } }, hardware: { enabled: true } };
const PORTS: Readonly<Record<string, number>> = { redis: 6379, 'marketdata-redis': 6380, 'engine-logic-redis': 6381, 'neural-gpu-redis': 6382, 'redis-sentinel': 26379, postgres: 5432 };

describeChart('network policies', () => {
  const objects = (): readonly Rendered[] => render({ values: replicated });
  const pods = (): Map<string, Readonly<Record<string, string>>> => new Map(podsOf(objects()).map(({ labels }) => [labels['app.kubernetes.io/component'] ?? '', labels]));

  it('keep a foreign pod from every server and engine', () => {
    const foreign = { app: 'foreign' };
    for (const [component, labels] of pods()) {
      const port = PORTS[component];
      if (port !== undefined) expect([component, allowed(objects(), foreign, labels, port)]).toEqual([component, false]);
    }
    for (const { labels, spec } of podsOf(objects())) {
      if (labels['nautilus.io/endpoint'] !== undefined) expect([labels['nautilus.io/endpoint'], allowed(objects(), foreign, labels, spec.containers[0].ports[0].containerPort)]).toEqual([labels['nautilus.io/endpoint'], false]);
    }
  });

  it('open the edges that declarations need, and no other to the servers', () => {
    const open = Object.fromEntries([...pods()].filter(([component]) => PORTS[component] !== undefined).map(([component, to]) => [
      component, [...pods()].filter(([, from]) => allowed(objects(), from, to, PORTS[component] ?? 0)).map(([caller]) => caller).sort(),
    ]));
    const engines = podsOf(objects()).map(({ labels }) => labels['nautilus.io/endpoint']).filter((name) => name !== undefined);
    expect(open['redis']).toEqual(['gateway', 'redis-exporter']);
    expect(open['marketdata-redis']).toEqual([...engines, 'marketdata-redis', 'redis-exporter', 'redis-sentinel'].sort());
    expect(open['engine-logic-redis']).toEqual([...engines, 'engine-logic-redis', 'gateway', 'neural-gpu', 'redis-exporter', 'redis-sentinel'].sort());
    const triple = engines.filter((name) => name.endsWith('-triple'));
    expect(open['neural-gpu-redis']).toEqual([...triple, 'neural-gpu', 'neural-gpu-redis', 'redis-exporter', 'redis-sentinel'].sort());
    expect(open['postgres']).toEqual([...engines, 'backup', 'gateway', 'migrator'].sort());
  });

  it('let Prometheus and the gateway reach every engine', () => {
    for (const { labels, spec } of podsOf(objects())) {
      if (labels['nautilus.io/endpoint'] === undefined) continue;
      for (const caller of ['prometheus', 'gateway', 'test']) expect(allowed(objects(), pods().get(caller) ?? {}, labels, spec.containers[0].ports[0].containerPort)).toBe(true);
    }
  });

  it('close what leaves only when asked, and then leave names, the release and the API server open', () => {
    expect(ofKind(objects(), 'NetworkPolicy').some((policy) => policy['spec'].policyTypes.includes('Egress'))).toBe(false);
    const closed = ofKind(render({ values: { ...replicated, networkPolicy: { egress: true, extraEgress: [{ ports: [{ port: 8443 }] }] } } }), 'NetworkPolicy');
    const egress = closed.find(({ metadata }) => metadata.name === 'nautilus-egress')?.['spec'].egress;
    expect(egress[0].ports).toEqual([{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }]);
    expect(egress).toContainEqual({ ports: [{ port: 8443 }] });
    expect(closed.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(['nautilus-prometheus-api-server', 'nautilus-redis-exporter-api-server']));
  });

  it('can be switched off', () => {
    expect(ofKind(render({ values: { networkPolicy: { enabled: false } } }), 'NetworkPolicy')).toEqual([]);
  });
});
