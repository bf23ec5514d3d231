import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bake, imageNames, reportSizes, servicesWithImages, tagByContent } from './images.ts';
import { output, root, run, step, succeeds } from './shell.ts';

const CLUSTER = 'nautilus';
/** Any Kubernetes from the chart's floor on works; this one is what CI uses. */
const NODE_IMAGE = process.env['NAUTILUS_KIND_IMAGE'] ?? 'kindest/node:v1.34.4';
const CREATE_ATTEMPTS = 3;
const METRICS_SERVER = 'k8s/metrics-server.yaml';

export interface LoadedImages {
  readonly tag: string;
  /** Images of others that could not be had; what needs them is switched off. */
  readonly missing: readonly string[];
}

/** Makes the cluster if there is none, and points kubectl at it. */
export async function createCluster(nodes: string): Promise<void> {
  if (output('kind', 'get', 'clusters').split('\n').includes(CLUSTER)) run('kind', 'export', 'kubeconfig', '--name', CLUSTER);
  else await step('cluster created', () => retried(() => run('kind', 'create', 'cluster', '--name', CLUSTER, '--image', NODE_IMAGE, '--config', join(root, 'k8s', 'kind', `${nodes}.yaml`), '--wait', '180s')));
}

/** kind gives its nodes 30 s to boot, which a busy machine may need twice; it tidies up what failed. */
function retried(create: () => void): void {
  for (let left = CREATE_ATTEMPTS - 1; ; left -= 1) {
    try {
      return create();
    } catch (error) {
      if (left === 0) throw error;
      console.log('the nodes did not boot in time; once more');
    }
  }
}

export function deleteCluster(): void {
  run('kind', 'delete', 'cluster', '--name', CLUSTER);
}

/** Builds our images, fetches those of others, and puts what a node lacks into the nodes as one archive. */
export async function loadImages(): Promise<LoadedImages> {
  const images = await imageNames(servicesWithImages());
  const tag = await step('images built', () => {
    bake(images, 'dev');
    return tagByContent(images, 'dev');
  });
  if (!reportSizes(images, tag)) throw new Error('an image is too large');
  const others = thirdPartyImages();
  const missing = others.filter((image) => !succeeds('docker', 'image', 'inspect', image) && !succeeds('docker', 'pull', image));
  const wanted = [...[...images.values()].map((image) => `${image}:${tag}`), ...others.filter((image) => !missing.includes(image))];
  await step('images loaded into the nodes', () => loadArchive(wanted.filter((image) => !inEveryNode(image))));
  return { tag, missing };
}

/** Images of others that the chart and the loop use, as the rendered chart names them. */
export function thirdPartyImages(): readonly string[] {
  const rendered = output('helm', 'template', CLUSTER, 'charts/nautilus') + output('cat', METRICS_SERVER);
  const all = [...rendered.matchAll(/^\s*image: "?([^\s"]+)"?$/gm)].map(([, image]) => image ?? '');
  return [...new Set(all)].filter((image) => !image.startsWith('nautilus-')).sort();
}

function nodesOfCluster(): readonly string[] {
  return output('kind', 'get', 'nodes', '--name', CLUSTER).split('\n');
}

function inEveryNode(image: string): boolean {
  const reference = image.includes('/') ? (image.split('/')[0]?.includes('.') === true ? image : `docker.io/${image}`) : `docker.io/library/${image}`;
  return nodesOfCluster().every((node) => succeeds('docker', 'exec', node, 'ctr', '--namespace', 'k8s.io', 'images', 'label', reference, 'nautilus=1'));
}

/** One archive, so that layers that images share travel once. */
function loadArchive(images: readonly string[]): void {
  if (images.length === 0) return;
  const folder = mkdtempSync(join(tmpdir(), 'nautilus-images-'));
  try {
    const archive = join(folder, 'images.tar');
    run('docker', 'save', '--output', archive, ...images);
    run('kind', 'load', 'image-archive', archive, '--name', CLUSTER);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
