import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { AnyEngine } from '@nautilus/engine';
import { camel } from './chart.ts';

/** Enough to see data flow from a recording to a browser. */
const MINIMAL = ['marketdata', 'features', 'vpin', 'websocket', 'gateway', 'dashboard', 'migrator'];

interface Artifact {
  readonly service: string;
  readonly image: string;
  readonly paths: readonly string[];
}

/** skaffold.yaml: one artifact per service, built again when one of its own files, or a library it imports, changes. */
export function skaffoldDocuments(root: string, engines: readonly AnyEngine[]): ReadonlyMap<string, string> {
  const ends = new Set(engines.filter(({ kind }) => kind !== 'platform').map(({ name }) => name));
  const artifacts = readdirSync(join(root, 'services')).sort()
    .filter((service) => existsSync(join(root, 'services', service, 'src/main.ts')))
    .map((service): Artifact => ({
      service,
      image: `nautilus-${service}${ends.has(service) ? '-engine' : ''}`,
      paths: [`services/${service}/**`, ...librariesOf(root, `services/${service}`).map((lib) => `libs/${lib}/**`), 'tools/bundle.ts', 'package-lock.json', 'Dockerfiles/service.Dockerfile'],
    }));
  const build = (chosen: readonly Artifact[]): object => ({
    local: { push: false, concurrency: 1 },
    artifacts: chosen.map(({ service, image, paths }) => ({
      image,
      custom: { buildCommand: `node_modules/.bin/node --disable-warning=ExperimentalWarning tools/images.ts --image "$IMAGE" ${service}`, dependencies: { paths, ignore: ['**/*.test.ts', '**/node_modules/**', '**/dist/**'] } },
    })),
  });
  const release = (chosen: readonly Artifact[], values: Readonly<Record<string, unknown>>): object => ({
    helm: {
      releases: [{
        name: 'nautilus', chartPath: 'charts/nautilus', namespace: 'nautilus', createNamespace: true, wait: true,
        setValues: { 'monitoring.grafana.enabled': false, ...values },
        setValueTemplates: Object.fromEntries(chosen.map(({ image }) => [`image.overrides.${image}`, `{{.IMAGE_FULLY_QUALIFIED_${image.replaceAll('-', '_')}}}`])),
      }],
    },
  });
  const minimal = artifacts.filter(({ service }) => MINIMAL.includes(service));
  // Without an image of theirs they would never start.
  const left = Object.fromEntries([...ends].filter((name) => !MINIMAL.includes(name)).map((name) => [`engines.${camel(name)}.enabled`, false]));
  const document = {
    apiVersion: 'skaffold/v4beta13',
    kind: 'Config',
    metadata: { name: 'nautilus' },
    build: build(artifacts),
    deploy: release(artifacts, {}),
    portForward: [{ resourceType: 'service', resourceName: 'nautilus-gateway', namespace: 'nautilus', port: 8001, localPort: 8001 }, { resourceType: 'service', resourceName: 'nautilus-dashboard', namespace: 'nautilus', port: 3000, localPort: 3000 }],
    profiles: [
      { name: 'minimal', build: build(minimal), deploy: release(minimal, { ...left, 'neuralGpu.enabled': false, 'redisExporter.enabled': false, 'monitoring.prometheus.enabled': false, 'backup.enabled': false }) },
      { name: 'debug', patches: [{ op: 'add', path: '/deploy/helm/releases/0/setValues/engineDefaults.env.LOG_LEVEL', value: 'debug' }] },
    ],
  };
  return new Map([['skaffold.yaml', `# Written by "make generate" from the services; do not edit. "make dev" runs it.\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`]]);
}

/** Our libraries that a package imports, directly and through others. */
function librariesOf(root: string, folder: string, found: Set<string> = new Set()): readonly string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { dependencies?: Readonly<Record<string, string>> };
  for (const name of Object.keys(dependencies)) {
    const lib = /^@nautilus\/(.+)$/.exec(name)?.[1];
    if (lib === undefined || found.has(lib)) continue;
    found.add(lib);
    librariesOf(root, `libs/${lib}`, found);
  }
  return [...found].sort();
}
