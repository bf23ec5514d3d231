import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: { readonly containers: readonly { readonly name: string }[] };
  }[];
}

/** What a person needs to see why a cluster is not well. Secrets are not read. */
export function debugDump(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const save = (file: string, ...args: string[]): string => {
    const { stdout, stderr } = spawnSync('kubectl', args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
    writeFileSync(join(folder, file), `${stdout}${stderr}`);
    return stdout;
  };
  save('nodes.txt', 'describe', 'nodes');
  save('events.txt', 'get', 'events', '--all-namespaces', '--sort-by', '.lastTimestamp');
  save('objects.txt', 'get', 'all,persistentvolumeclaims,networkpolicies', '--all-namespaces', '--output', 'wide');
  save('pods.txt', 'describe', 'pods', '--all-namespaces');
  const pods = JSON.parse(save('pods.json', 'get', 'pods', '--all-namespaces', '--output', 'json') || '{"items": []}') as PodList;
  for (const { metadata, spec } of pods.items) {
    for (const { name } of spec.containers) {
      for (const previous of [false, true]) {
        const file = `${metadata.namespace}.${metadata.name}.${name}${previous ? '.previous' : ''}.log`;
        save(file, 'logs', metadata.name, '--namespace', metadata.namespace, '--container', name, ...(previous ? ['--previous'] : []));
      }
    }
  }
  console.log(`wrote ${folder}`);
}
