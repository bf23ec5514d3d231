import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { docker, kubectl, kubectlIn, NAMESPACE, RELEASE, rolledOut, soon, upgrade } from './cluster.ts';

const RESOURCES = ['gpu.nautilus.com/m4-max', 'gpu.nautilus.com/neural-engine'] as const;
const SLOTS = 2;

interface Nodes {
  readonly items: readonly { readonly metadata: { readonly name: string }; readonly status: { readonly allocatable: Readonly<Record<string, string>> } }[];
}
const nodes = async (): Promise<Nodes['items']> => (JSON.parse(await kubectl('get', 'nodes', '--output', 'json')) as Nodes).items;
const allocatable = async (): Promise<number[]> => (await nodes()).flatMap(({ status }) => RESOURCES.map((name) => Number(status.allocatable[name] ?? 0)));

function request(name: string, node: string, image: string): void {
  const pod = {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { 'e2e': 'device' } },
    spec: {
      nodeName: undefined, nodeSelector: { 'kubernetes.io/hostname': node }, restartPolicy: 'Never', terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent', command: ['node', '-e', 'console.log(process.env.NAUTILUS_DEVICE_KIND); setInterval(() => {}, 1000)'], resources: { limits: { [RESOURCES[0]]: 1 } } }],
    },
  };
  execFileSync('kubectl', ['--namespace', NAMESPACE, 'create', '--filename', '-'], { input: JSON.stringify(pod), stdio: ['pipe', 'ignore', 'inherit'] });
}
const phase = (pod: string): Promise<string> => kubectl('get', 'pod', pod, '--output', 'jsonpath={.status.phase}');

describe('the device plugin on a real kubelet', () => {
  let node = '';
  beforeAll(async () => {
    await upgrade('hardware.enabled=true', `hardware.cpuFallbackSlots=${SLOTS}`);
    await rolledOut(`daemonset/${RELEASE}-device-plugin`);
    const all = await nodes();
    node = all.at(-1)?.metadata.name ?? '';
  });
  afterAll(async () => {
    await kubectl('delete', 'pods', '--selector=e2e=device', '--grace-period=0', '--force');
    await upgrade('hardware.enabled=false');
  });

  it('offers its slots on every node', async () => {
    await soon(async () => expect(await allocatable()).toEqual((await nodes()).flatMap(() => [SLOTS, SLOTS])));
  });

  it('starts as many pods as it has slots, tells them that they run on the CPU, and lets one more wait', async () => {
    const image = await kubectl('get', 'deployment', `${RELEASE}-gateway`, '--output', 'jsonpath={.spec.template.spec.containers[0].image}');
    for (let i = 0; i < SLOTS; i += 1) request(`e2e-device-${i}`, node, image);
    for (let i = 0; i < SLOTS; i += 1) await soon(async () => expect(await phase(`e2e-device-${i}`)).toBe('Running'));
    await soon(async () => expect(await kubectl('logs', 'e2e-device-0')).toBe('cpu'));
    request('e2e-device-more', node, image);
    await soon(async () => expect(await kubectl('get', 'events', '--field-selector', 'involvedObject.name=e2e-device-more', '--output', 'jsonpath={.items[*].message}')).toContain(`Insufficient ${RESOURCES[0]}`));
    expect(await phase('e2e-device-more')).toBe('Pending');
  });

  it('offers them again after a restart of the kubelet', async () => {
    await docker('exec', node, 'systemctl', 'restart', 'kubelet');
    await soon(async () => expect(await allocatable()).toEqual((await nodes()).flatMap(() => [SLOTS, SLOTS])));
    expect(await phase('e2e-device-0')).toBe('Running');
  });

  it('may be killed: running pods stay, and the slots come back', async () => {
    await kubectl('delete', 'pods', '--selector=app.kubernetes.io/component=device-plugin', '--grace-period=0', '--force');
    await rolledOut(`daemonset/${RELEASE}-device-plugin`);
    await soon(async () => expect(await allocatable()).toEqual((await nodes()).flatMap(() => [SLOTS, SLOTS])));
    for (let i = 0; i < SLOTS; i += 1) expect(await phase(`e2e-device-${i}`)).toBe('Running');
    expect(await kubectlIn('kube-system', 'get', 'pods', '--field-selector=status.phase=Failed', '--output', 'name')).toBe('');
  });
});
