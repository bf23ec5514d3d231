import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { MATRIX, wireJson } from '@nautilus/model';
import type { AnyEngine, Need } from '@nautilus/engine';
import { chartSchema } from './chart-schema.ts';
import { endpointsOf, type Endpoint } from './engines.ts';

/** Families of the contract that have a twin on three buses, built or not (contract.md, 1.1). */
const TWINS = ['analytics', 'risk', 'factor', 'ml', 'vpin'];
/** Rows of the matrix that are no engine endpoints. */
const PLATFORM = ['neural-gpu', 'gateway'];

/** The chart's key of an engine. */
export const camel = (name: string): string => name.replaceAll(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** What the chart's templates loop over, the schema of its values, and the hash that names the migration Job. */
export function chartDocuments(root: string, engines: readonly AnyEngine[]): ReadonlyMap<string, string> {
  const families = new Map<string, Endpoint[]>();
  for (const endpoint of endpointsOf(engines)) {
    families.set(endpoint.declaration.name, [...(families.get(endpoint.declaration.name) ?? []), endpoint]);
  }
  const known = Object.keys(MATRIX).filter((name) => !PLATFORM.includes(name)).map(camel).sort();
  const document = {
    known,
    twins: TWINS,
    engines: Object.fromEntries([...families].map(([name, forms]) => [camel(name), family(name, forms)])),
  };
  const text = stringify(JSON.parse(wireJson(document)), { lineWidth: 0 });
  return new Map([
    ['charts/nautilus/files/engines.yaml', `# Written by "make generate" from the declarations; do not edit.\n${text}`],
    ['charts/nautilus/values.schema.json', chartSchema(join(root, 'charts/nautilus/values.yaml'), known)],
    ['charts/nautilus/files/migrations.sha256', migrationsHash(join(root, 'libs/store/migrations'))],
  ]);
}

function migrationsHash(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return `${hash.digest('hex')}\n`;
}

function family(name: string, forms: readonly Endpoint[]): object {
  return {
    image: `nautilus-${name}-engine`,
    singleton: forms[0]?.declaration.singleton ?? false,
    forms: Object.fromEntries(forms.map(({ declaration, engine, port, architecture }) => {
      const triple = architecture === 'triple_bus';
      const needs: readonly Need[] = declaration.needs;
      return [triple ? 'triple' : 'dual', {
        component: triple ? `${name}-triple` : name,
        suffix: `${name}-engine${triple ? '-triple' : ''}`,
        engine, port, architecture,
        needs: triple && !needs.includes('bus:neural') ? [...needs, 'bus:neural'] : needs,
      }];
    })),
  };
}
