import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadEngines } from '../generate/engines.ts';
import { output, root } from './shell.ts';

const BASE_IMAGE = 'node:24-trixie-slim';
const LARGEST_MB_ABOVE_BASE = 15;

/** Service folders that have a process of their own. */
export function servicesWithImages(): readonly string[] {
  return readdirSync(join(root, 'services')).filter((name) => existsSync(join(root, 'services', name, 'src', 'main.ts'))).sort();
}

/** Image name by service: `nautilus-<name>-engine` for engine endpoints, `nautilus-<name>` for the rest. */
export async function imageNames(services: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const engines = new Set((await loadEngines(root)).filter(({ kind }) => kind !== 'platform').map(({ name }) => name));
  return new Map(services.map((service) => [service, `nautilus-${service}${engines.has(service) ? '-engine' : ''}`]));
}

/** Builds all in one bake, so that the stages they share run once. Throws when a build fails. */
export function bake(images: ReadonlyMap<string, string>, tag: string): void {
  bakeAs(new Map([...images].map(([service, image]) => [service, `${image}:${tag}`])));
}

/** One image under a full name, as skaffold asks for it. */
export function bakeOne(service: string, image: string): void {
  bakeAs(new Map([[service, image]]));
}

function bakeAs(images: ReadonlyMap<string, string>): void {
  const authorities = process.env['NODE_EXTRA_CA_CERTS'];
  const file = {
    group: { default: { targets: [...images.keys()] } },
    target: Object.fromEntries([...images].map(([service, image]) => [service, {
      context: '.',
      dockerfile: 'Dockerfiles/service.Dockerfile',
      args: { SERVICE: service, GIT_SHA: output('git', 'rev-parse', 'HEAD') },
      tags: [image],
      network: 'host',
      // A network that inspects TLS signs with an authority of its own.
      ...(authorities === undefined ? {} : { secret: [`type=file,id=ca,src=${authorities}`] }),
    }])),
  };
  const flags = ['--allow', 'network.host', '--allow', 'fs.read=/', '--progress', process.stdout.isTTY ? 'auto' : 'quiet', '--load', '-f', '-'];
  const { status } = spawnSync('docker', ['buildx', 'bake', ...flags], { cwd: root, input: JSON.stringify(file), stdio: ['pipe', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('the images could not be built; see above (Docker with buildx is needed)');
}

/** Gives all images one tag that follows from their contents, so that a new build is a new release. */
export function tagByContent(images: ReadonlyMap<string, string>, tag: string): string {
  const hash = createHash('sha256');
  for (const image of images.values()) hash.update(output('docker', 'image', 'inspect', '--format', '{{.Id}}', `${image}:${tag}`));
  const contents = hash.digest('hex').slice(0, 12);
  for (const image of images.values()) output('docker', 'tag', `${image}:${tag}`, `${image}:${contents}`);
  return contents;
}

/** Prints the size of each; false when one is over its limit. */
export function reportSizes(images: ReadonlyMap<string, string>, tag: string): boolean {
  const base = sizeMb(BASE_IMAGE);
  console.log(`${BASE_IMAGE}: ${base.toFixed(0)} MB, shared by all`);
  return [...images.values()].map((image) => {
    const own = sizeMb(`${image}:${tag}`) - base;
    const fits = own <= LARGEST_MB_ABOVE_BASE;
    console.log(`${image}:${tag}: ${own.toFixed(1)} MB of its own${fits ? '' : `, over the limit of ${LARGEST_MB_ABOVE_BASE} MB`}`);
    return fits;
  }).every(Boolean);
}

function sizeMb(image: string): number {
  return Number(output('docker', 'image', 'inspect', '--format', '{{.Size}}', image)) / 1e6;
}
