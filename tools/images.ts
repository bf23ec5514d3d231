/**
 * Builds the image of every service and prints the sizes: node tools/images.ts [--tag TAG] [SERVICE ...]
 *
 * One bake, so the stages that services share run once. Fails when an image is larger than its limit above the base.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadEngines } from './generate/engines.ts';

const BASE_IMAGE = 'node:24-trixie-slim';
const LARGEST_MB_ABOVE_BASE = 15;

const root = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tag: { type: 'string', default: 'dev' }, list: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});
if (values.help) {
  console.log('Usage: node tools/images.ts [--tag TAG] [--list] [SERVICE ...]\nBuilds the images of the services (all by default) as nautilus-<service>:TAG and prints their sizes; --list prints names only.');
  process.exit(0);
}

const engines = new Set((await loadEngines(root)).filter(({ kind }) => kind !== 'platform').map(({ name }) => name));
const services = (await readdir(join(root, 'services'))).filter((name) => existsSync(join(root, 'services', name, 'src', 'main.ts'))).sort();
const unknown = positionals.filter((name) => !services.includes(name));
if (unknown.length > 0) {
  console.error(`No such service: ${unknown.join(', ')}. There are ${services.join(', ')}.`);
  process.exit(1);
}
const wanted = positionals.length === 0 ? services : positionals;
const imageOf = (service: string): string => `nautilus-${service}${engines.has(service) ? '-engine' : ''}:${values.tag}`;

if (values.list) for (const service of wanted) console.log(imageOf(service));
else {
  bake(wanted);
  if (!report(wanted)) process.exitCode = 1;
}

function bake(names: readonly string[]): void {
  const authorities = process.env['NODE_EXTRA_CA_CERTS'];
  const file = {
    group: { default: { targets: names } },
    target: Object.fromEntries(names.map((service) => [service, {
      context: '.',
      dockerfile: 'Dockerfiles/service.Dockerfile',
      args: { SERVICE: service, GIT_SHA: git('rev-parse', 'HEAD') },
      tags: [imageOf(service)],
      network: 'host',
      // A network that inspects TLS signs with an authority of its own.
      ...(authorities === undefined ? {} : { secret: [`type=file,id=ca,src=${authorities}`] }),
    }])),
  };
  const { status } = spawnSync('docker', ['buildx', 'bake', '--allow', 'network.host', '--allow', 'fs.read=/', '--progress', process.stdout.isTTY ? 'auto' : 'quiet', '--load', '-f', '-'], {
    cwd: root, input: JSON.stringify(file), stdio: ['pipe', 'inherit', 'inherit'],
  });
  if (status !== 0) {
    console.error('The images could not be built; see above. Docker with buildx is needed.');
    process.exit(1);
  }
}

/** Prints the sizes; false when one is over its limit. */
function report(names: readonly string[]): boolean {
  const base = sizeMb(BASE_IMAGE);
  console.log(`${BASE_IMAGE}: ${base.toFixed(0)} MB, shared by all`);
  return names.map((service) => {
    const own = sizeMb(imageOf(service)) - base;
    const fits = own <= LARGEST_MB_ABOVE_BASE;
    console.log(`${imageOf(service)}: ${own.toFixed(1)} MB of its own${fits ? '' : `, over the limit of ${LARGEST_MB_ABOVE_BASE} MB`}`);
    return fits;
  }).every(Boolean);
}

function sizeMb(image: string): number {
  return Number(execFileSync('docker', ['image', 'inspect', '--format', '{{.Size}}', image], { encoding: 'utf8' })) / 1e6;
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}
