import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Writes JSON Schemas of the kinds that the chart renders, as the API server of the present cluster describes them, into
 * k8s/schemas/<version>/. tests/chart/schemas.test.ts validates every render against each version that lies there.
 */
const KINDS: readonly (readonly [group: string, version: string, ...kinds: string[]])[] = [
  ['', 'v1', 'ConfigMap', 'PersistentVolumeClaim', 'Pod', 'Secret', 'Service', 'ServiceAccount'],
  ['apps', 'v1', 'DaemonSet', 'Deployment', 'StatefulSet'],
  ['autoscaling', 'v2', 'HorizontalPodAutoscaler'],
  ['batch', 'v1', 'CronJob', 'Job'],
  ['coordination.k8s.io', 'v1', 'Lease'],
  ['networking.k8s.io', 'v1', 'Ingress', 'NetworkPolicy'],
  ['policy', 'v1', 'PodDisruptionBudget'],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
];

interface Schema {
  type?: string | readonly string[];
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  $ref?: string;
  oneOf?: Schema[];
  enum?: readonly unknown[];
  'x-kubernetes-group-version-kind'?: readonly { readonly group: string; readonly version: string; readonly kind: string }[];
}

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const either = (...types: string[]): Schema => ({ oneOf: types.map((type) => ({ type })) });

/** What a validator needs of a definition, and no word of prose. Unknown fields are refused; YAML may leave a field null. */
function validating(name: string, schema: Schema): Schema {
  if (name === QUANTITY) return either('string', 'number');
  if (schema.format === 'int-or-string') return either('string', 'integer');
  if (schema.$ref !== undefined) return { $ref: schema.$ref.replace('#/definitions/', '_definitions.json#/definitions/') };
  const { type, properties, additionalProperties, items, required } = schema;
  return {
    ...(type === undefined ? {} : { type: type === 'object' || type === 'array' ? [type as string, 'null'] : type }),
    ...(schema.enum === undefined ? {} : { enum: schema.enum }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, validating('', value)])), additionalProperties: false }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: validating('', additionalProperties) } : {}),
    ...(items === undefined ? {} : { items: validating('', items) }),
    ...(required === undefined ? {} : { required }),
  };
}

function referred(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => (key === '$ref' ? [String(value).replace(/^.*definitions\//, '')] : referred(value)));
}

const raw = (path: string): unknown => JSON.parse(execFileSync('kubectl', ['get', '--raw', path], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 }));
if (process.argv.length > 2) {
  console.log('kubernetes-schemas.ts: writes k8s/schemas/<version>/ from the API server that kubectl talks to. It takes no arguments.');
  process.exit(process.argv.includes('--help') ? 0 : 2);
}
const { major, minor } = raw('/version') as { major: string; minor: string };
const { definitions } = raw('/openapi/v2') as { definitions: Record<string, Schema> };
const folder = join(fileURLToPath(new URL('../k8s/schemas', import.meta.url)), `v${major}.${minor}`);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const kept: Record<string, Schema> = {};
const keep = (name: string): void => {
  const definition = definitions[name];
  if (definition === undefined) throw new Error(`the API server describes no ${name}`);
  if (kept[name] !== undefined) return;
  kept[name] = validating(name, definition);
  for (const other of referred(kept[name])) keep(other);
};
for (const [group, version, ...kinds] of KINDS) {
  for (const kind of kinds) {
    const found = Object.entries(definitions).find(([, schema]) => schema['x-kubernetes-group-version-kind']?.some((id) => id.group === group && id.version === version && id.kind === kind));
    if (found === undefined) throw new Error(`the API server knows no ${kind} in ${group}/${version}`);
    keep(found[0]);
    // kubeconform's names: the kind, the first part of the group, the version.
    const name = [kind, ...(group === '' ? [] : [group.split('.')[0]]), version].join('-').toLowerCase();
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ $ref: `_definitions.json#/definitions/${found[0]}` })}\n`);
  }
}
const sorted = Object.fromEntries(Object.entries(kept).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(join(folder, '_definitions.json'), `${JSON.stringify({ definitions: sorted })}\n`);
console.log(`${folder}: ${Object.keys(kept).length} definitions`);
