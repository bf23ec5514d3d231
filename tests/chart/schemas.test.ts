import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { describeChart, production, render, type Rendered, type RenderOptions } from './render.ts';

const schemas = fileURLToPath(new URL('../../k8s/schemas', import.meta.url));

/** What kubeconform says against the schemas of one Kubernetes version; empty when all is valid. */
function complaints(version: string, objects: readonly Rendered[]): string {
  const { stdout, stderr } = spawnSync('kubeconform', ['-strict', '-schema-location', `${schemas}/${version}/{{ .ResourceKind }}{{ .KindSuffix }}.json`, '-'], {
    input: objects.map((object) => JSON.stringify(object)).join('\n---\n'), encoding: 'utf8',
  });
  return stdout + stderr;
}

const PROFILES: readonly (readonly [string, RenderOptions])[] = [
  ['small', {}],
  ['production', { files: [production] }],
  ['blue-green, canary, devices, TLS', {
    values: {
      hardware: { enabled: true }, tls: { enabled: true, existingSecret: 'edge' }, edge: { ingress: { enabled: true, className: 'nginx' } }, networkPolicy: { egress: true },
      engines: { websocket: { rollout: 'canary', canaryReplicas: 1, canaryWeight: 10, tags: { canary: 'x' } }, features: { rollout: 'blueGreen', idleColour: true, tags: { green: 'x' } } },
    },
  }],
];

const hasKubeconform = spawnSync('kubeconform', ['-v']).status === 0;
(hasKubeconform || process.env['CI'] !== undefined ? describeChart : describe.skip)('objects are what the API server describes', () => {
  describe.each(readdirSync(schemas))('Kubernetes %s', (version) => {
    it.each(PROFILES)('%s', (_profile, options) => {
      expect(complaints(version, render(options))).toBe('');
    });

    it('and a field that does not exist is found', () => {
      const [object] = render().filter(({ kind }) => kind === 'Deployment');
      expect(complaints(version, [{ ...object, spec: { ...object?.['spec'], replica: 1 } } as Rendered])).toMatch(/replica/);
    });
  });
});
