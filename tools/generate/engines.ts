import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isEngine, type AnyEngine } from '@nautilus/engine';
import type { Architecture } from '@nautilus/model';

/** One endpoint: a declaration in one of its forms. */
export interface Endpoint {
  readonly declaration: AnyEngine;
  /** The contract's name, e.g. `vpin`, `vpin_triple_bus`. */
  readonly engine: string;
  readonly port: number;
  readonly architecture: Architecture;
}

/** Every declaration under services/, by folder name. */
export async function loadEngines(root: string): Promise<readonly AnyEngine[]> {
  const folders = (await readdir(join(root, 'services'))).sort();
  const found: AnyEngine[] = [];
  for (const folder of folders) {
    const file = join(root, 'services', folder, 'src', 'engine.ts');
    if (!existsSync(file)) continue;
    const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    const declarations = Object.values(module).filter(isEngine);
    if (declarations.length !== 1) throw new Error(`${file} exports ${declarations.length} declarations instead of one`);
    found.push(...declarations);
  }
  return found;
}

/** Engine endpoints only, platform parts left out, ordered by port. */
export function endpointsOf(engines: readonly AnyEngine[]): readonly Endpoint[] {
  return engines
    .filter((declaration) => (declaration.kind ?? 'engine') === 'engine')
    .flatMap((declaration): Endpoint[] => {
      const engine = declaration.name.replaceAll('-', '_');
      const dual: Endpoint = { declaration, engine, port: declaration.ports.dual, architecture: 'dual_bus' };
      const triple = declaration.ports.triple;
      return triple === undefined
        ? [dual]
        : [dual, { declaration, engine: `${engine}_triple_bus`, port: triple, architecture: 'triple_bus' }];
    })
    .sort((a, b) => a.port - b.port);
}
