import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';
import { parseAllDocuments, stringify } from 'yaml';

export const chart = fileURLToPath(new URL('../../charts/nautilus', import.meta.url));
export const production = join(chart, 'values.production.yaml');

/** As much of a rendered object as tests look at. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- objects of many kinds; each test knows its own
  readonly [field: string]: any;
}

export interface RenderOptions {
  readonly release?: string;
  readonly namespace?: string;
  readonly files?: readonly string[];
  readonly values?: object;
  /** Another Helm than the one that is first on PATH. */
  readonly helm?: string;
  /** The cluster's version to render for; without it the one that this Helm was built for. */
  readonly kubernetes?: string;
}

const cache = new Map<string, readonly Rendered[]>();

/** The objects that `helm template` gives; tests of the chart (`helm test`) included. */
export function render({ release = 'nautilus', namespace = 'desk', files = [], values = {}, helm = 'helm', kubernetes }: RenderOptions = {}): readonly Rendered[] {
  const key = JSON.stringify([helm, kubernetes, release, namespace, files, values]);
  let objects = cache.get(key);
  if (objects === undefined) {
    const text = execFileSync(helm, [...argumentsFor(release, namespace, files, values), ...(kubernetes === undefined ? [] : ['--kube-version', kubernetes])], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });
    objects = parseAllDocuments(text).map((document) => document.toJS() as Rendered | null).filter((object) => object !== null);
    cache.set(key, objects);
  }
  return objects;
}

/** What Helm complains about, for values that it must refuse. */
export function refusal({ release = 'nautilus', namespace = 'desk', files = [], values = {} }: RenderOptions): string {
  const { status, stderr } = spawnSync('helm', argumentsFor(release, namespace, files, values), { encoding: 'utf8' });
  return status === 0 ? '' : stderr;
}

function argumentsFor(release: string, namespace: string, files: readonly string[], values: object): string[] {
  const own = join(mkdtempSync(join(tmpdir(), 'nautilus-chart-')), 'values.yaml');
  writeFileSync(own, stringify(values));
  return ['template', release, chart, '--namespace', namespace, ...files.flatMap((file) => ['--values', file]), '--values', own];
}

export const ofKind = (objects: readonly Rendered[], ...kinds: string[]): readonly Rendered[] => objects.filter(({ kind }) => kinds.includes(kind));

export function named(objects: readonly Rendered[], kind: string, name: string): Rendered {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

export interface PodView {
  readonly owner: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a pod's spec as Helm renders it
  readonly spec: any;
  readonly labels: Readonly<Record<string, string>>;
}

/** Every pod that the objects would make: of workloads, Jobs, CronJobs and tests. */
export function podsOf(objects: readonly Rendered[]): readonly PodView[] {
  return objects.flatMap((object): PodView[] => {
    const owner = `${object.kind}/${object.metadata.name}`;
    switch (object.kind) {
      case 'Pod': return [{ owner, spec: object['spec'], labels: object.metadata.labels }];
      case 'CronJob': return [{ owner, spec: object['spec'].jobTemplate.spec.template.spec, labels: object['spec'].jobTemplate.spec.template.metadata.labels }];
      case 'Deployment': case 'StatefulSet': case 'DaemonSet': case 'Job':
        return [{ owner, spec: object['spec'].template.spec, labels: object['spec'].template.metadata.labels }];
      default: return [];
    }
  });
}

export const isProgram = (name: string): boolean => spawnSync(name, ['version'], { stdio: 'ignore' }).status === 0;
const hasHelm = isProgram('helm');

/** Needs Helm. Without it the tests are skipped outside CI, and fail inside. */
export const describeChart = (name: string, tests: () => void): void => {
  if (hasHelm || process.env['CI'] !== undefined) describe(name, tests);
  else describe.skip(`${name} (helm is not on PATH)`, tests);
};
