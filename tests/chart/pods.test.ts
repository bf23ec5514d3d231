import { expect, it } from '@jest/globals';
import { describeChart, named, ofKind, podsOf, production, render } from './render.ts';

const everything = () => render({ files: [production], values: { tls: { enabled: true, existingSecret: 'certificate' } } });
/** The one pod outside the restricted standard: the kubelet's folder belongs to root. */
const isDevicePlugin = (owner: string): boolean => owner.startsWith('DaemonSet/');

describeChart('pods', () => {
  it('keep the restricted standard, all but the device plugin', () => {
    const pods = podsOf(everything());
    expect(pods.length).toBeGreaterThan(15);
    for (const { owner, spec } of pods) {
      expect([owner, spec.enableServiceLinks]).toEqual([owner, false]);
      expect([owner, spec.securityContext.seccompProfile]).toEqual([owner, { type: 'RuntimeDefault' }]);
      for (const container of spec.containers) {
        expect([owner, container.securityContext]).toEqual([owner, expect.objectContaining({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })]);
        expect([owner, container.volumeMounts.some((mount: { mountPath: string }) => mount.mountPath === '/tmp')]).toEqual([owner, true]);
        if (isDevicePlugin(owner)) continue;
        expect([owner, container.securityContext.runAsNonRoot]).toEqual([owner, true]);
      }
      if (isDevicePlugin(owner)) continue;
      expect([owner, spec.securityContext.runAsNonRoot, spec.securityContext.runAsUser > 0]).toEqual([owner, true, true]);
      expect([owner, (spec.volumes ?? []).filter((volume: object) => 'hostPath' in volume)]).toEqual([owner, []]);
    }
  });

  it('get a token of the API server only where they call it', () => {
    const holders = podsOf(everything()).filter(({ spec }) => spec.automountServiceAccountToken === true).map(({ owner }) => owner).sort();
    expect(holders).toEqual(['Deployment/nautilus-gateway', 'Deployment/nautilus-redis-exporter', 'StatefulSet/nautilus-prometheus']);
    const alone = podsOf(render()).filter(({ spec }) => spec.automountServiceAccountToken === true).map(({ owner }) => owner);
    expect(alone).toEqual(['StatefulSet/nautilus-prometheus']);
  });

  it('have a role with exact verbs and no cluster role', () => {
    const objects = everything();
    expect(ofKind(objects, 'ClusterRole', 'ClusterRoleBinding')).toEqual([]);
    for (const { rules } of ofKind(objects, 'Role') as unknown as { rules: { verbs: string[]; resources: string[] }[] }[]) {
      for (const { verbs, resources } of rules) expect([...verbs, ...resources]).not.toContain('*');
    }
  });

  it('never carry a secret as text', () => {
    const objects = everything();
    const secrets = ofKind(objects, 'Secret').flatMap((secret) => Object.values((secret['data'] ?? {}) as Record<string, string>)).map((value) => Buffer.from(value, 'base64').toString()).filter((value) => value.length >= 16);
    expect(secrets.length).toBeGreaterThan(5);
    const elsewhere = JSON.stringify(objects.filter(({ kind }) => kind !== 'Secret'));
    for (const secret of secrets) expect(elsewhere.includes(JSON.stringify(secret).slice(1, -1))).toBe(false);
    for (const { owner, spec } of podsOf(objects)) {
      for (const { env = [] } of spec.containers as { env?: { name: string; value?: string }[] }[]) {
        for (const { name, value } of env) if (/(PASSWORD|TOKEN|SECRET|_URL)$/.test(name)) expect([owner, name, value]).toEqual([owner, name, expect.stringMatching(/^https?:\/\/[^@]*$/)]);
      }
    }
  });

  it('are probed without a dependency, and end after the process itself', () => {
    for (const { owner, spec, labels } of podsOf(render())) {
      if (labels['nautilus.io/endpoint'] === undefined) continue;
      const [container] = spec.containers;
      expect([owner, container.startupProbe.httpGet.path, container.livenessProbe.httpGet.path, container.readinessProbe.httpGet.path])
        .toEqual([owner, '/health/live', '/health/live', '/health/ready?scope=traffic']);
      expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(30);
    }
  });

  it('keep the heap below the limit', () => {
    const { env } = named(render(), 'Deployment', 'nautilus-vpin-engine')['spec'].template.spec.containers[0];
    expect(env).toContainEqual({ name: 'NODE_OPTIONS', value: '--max-semi-space-size=4 --max-old-space-size=384' });
  });

  it('roll when the configuration they read changes, and only then', () => {
    const annotations = (objects: ReturnType<typeof render>, name: string): unknown => named(objects, 'StatefulSet', name)['spec'].template.metadata.annotations;
    const before = render();
    const after = render({ values: { engines: { vpin: { enabled: false } } } });
    expect(annotations(after, 'nautilus-prometheus')).not.toEqual(annotations(before, 'nautilus-prometheus'));
    expect(annotations(after, 'nautilus-marketdata-redis')).toEqual(annotations(before, 'nautilus-marketdata-redis'));
  });
});

describeChart('what Kubernetes never lets change', () => {
  it('is the same in every profile', () => {
    const fixed = (objects: ReturnType<typeof render>): unknown =>
      Object.fromEntries(ofKind(objects, 'StatefulSet').map(({ metadata, ...object }) => [metadata.name, { selector: object['spec'].selector, serviceName: object['spec'].serviceName, podManagementPolicy: object['spec'].podManagementPolicy, labels: object['spec'].volumeClaimTemplates?.[0].metadata.labels }]));
    const small = fixed(render()) as Record<string, unknown>;
    const large = fixed(render({ files: [production], values: { triplebus: { neuralGpuBus: { replicas: 1 } } } })) as Record<string, unknown>;
    for (const name of Object.keys(small)) expect([name, large[name]]).toEqual([name, small[name]]);
    expect(small).toMatchInlineSnapshot(`
{
  "nautilus-engine-logic-redis": {
    "labels": {
      "app.kubernetes.io/component": "engine-logic-redis",
      "app.kubernetes.io/instance": "nautilus",
      "app.kubernetes.io/name": "nautilus",
    },
    "podManagementPolicy": "Parallel",
    "selector": {
      "matchLabels": {
        "app.kubernetes.io/component": "engine-logic-redis",
        "app.kubernetes.io/instance": "nautilus",
        "app.kubernetes.io/name": "nautilus",
      },
    },
    "serviceName": "nautilus-engine-logic-redis-nodes",
  },
  "nautilus-marketdata-redis": {
    "labels": {
      "app.kubernetes.io/component": "marketdata-redis",
      "app.kubernetes.io/instance": "nautilus",
      "app.kubernetes.io/name": "nautilus",
    },
    "podManagementPolicy": "Parallel",
    "selector": {
      "matchLabels": {
        "app.kubernetes.io/component": "marketdata-redis",
        "app.kubernetes.io/instance": "nautilus",
        "app.kubernetes.io/name": "nautilus",
      },
    },
    "serviceName": "nautilus-marketdata-redis-nodes",
  },
  "nautilus-neural-gpu-redis": {
    "labels": undefined,
    "podManagementPolicy": "Parallel",
    "selector": {
      "matchLabels": {
        "app.kubernetes.io/component": "neural-gpu-redis",
        "app.kubernetes.io/instance": "nautilus",
        "app.kubernetes.io/name": "nautilus",
      },
    },
    "serviceName": "nautilus-neural-gpu-redis-nodes",
  },
  "nautilus-postgres": {
    "labels": {
      "app.kubernetes.io/component": "postgres",
      "app.kubernetes.io/instance": "nautilus",
      "app.kubernetes.io/name": "nautilus",
    },
    "podManagementPolicy": undefined,
    "selector": {
      "matchLabels": {
        "app.kubernetes.io/component": "postgres",
        "app.kubernetes.io/instance": "nautilus",
        "app.kubernetes.io/name": "nautilus",
      },
    },
    "serviceName": "nautilus-postgres",
  },
  "nautilus-prometheus": {
    "labels": {
      "app.kubernetes.io/component": "prometheus",
      "app.kubernetes.io/instance": "nautilus",
      "app.kubernetes.io/name": "nautilus",
    },
    "podManagementPolicy": undefined,
    "selector": {
      "matchLabels": {
        "app.kubernetes.io/component": "prometheus",
        "app.kubernetes.io/instance": "nautilus",
        "app.kubernetes.io/name": "nautilus",
      },
    },
    "serviceName": "nautilus-prometheus",
  },
  "nautilus-redis": {
    "labels": {
      "app.kubernetes.io/component": "redis",
      "app.kubernetes.io/instance": "nautilus",
      "app.kubernetes.io/name": "nautilus",
    },
    "podManagementPolicy": "Parallel",
    "selector": {
      "matchLabels": {
        "app.kubernetes.io/component": "redis",
        "app.kubernetes.io/instance": "nautilus",
        "app.kubernetes.io/name": "nautilus",
      },
    },
    "serviceName": "nautilus-redis-nodes",
  },
}
`);
  });
});

describeChart('names', () => {
  const long = 'a-release-with-a-name-that-is-as-long-as-helm-allows-xx';

  it.each(['nautilus', 'x', long.slice(0, 52)])('are valid for the release %s', (release) => {
    for (const { kind, metadata } of render({ release, files: [production], values: { engines: { websocket: { rollout: 'canary', canaryReplicas: 1 } } } })) {
      const limit = kind === 'StatefulSet' ? 52 : 63;
      expect([metadata.name, metadata.name.length <= limit, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(metadata.name)]).toEqual([metadata.name, true, true]);
      for (const value of Object.values(metadata.labels)) expect(String(value).length).toBeLessThanOrEqual(63);
    }
  });

  it('of two releases in one namespace have nothing in common', () => {
    const names = (release: string): string[] => render({ release }).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    const first = new Set(names('desk-a'));
    expect(names('desk-b').filter((name) => first.has(name))).toEqual([]);
    for (const { metadata } of render({ release: 'desk-b' })) expect(metadata.name.startsWith('desk-b-')).toBe(true);
  });

  it('of selectors tell releases apart', () => {
    for (const object of ofKind(render({ release: 'desk-b' }), 'Service')) expect(object['spec'].selector['app.kubernetes.io/instance']).toBe('desk-b');
  });
});
