import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Architecture } from '@nautilus/model';
import packageJson from '../package.json' with { type: 'json' };
import type { AnyEngine } from './declaration.ts';
import type { EngineIdentity } from './context.ts';

/** The repository's root when run from sources; images name their folders by settings instead. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));

export interface BuildInfo {
  readonly version: string;
  readonly gitSha: string | null;
}

/** What is running: the commit that an image was built from, else the one checked out, else null. */
export function buildInfo(gitSha: string | undefined, root = repositoryRoot): BuildInfo {
  return { version: packageJson.version, gitSha: gitSha ?? checkedOutCommit(root) };
}

function checkedOutCommit(root: string): string | null {
  const read = (...path: string[]): string | undefined => {
    try {
      return readFileSync(join(root, '.git', ...path), 'utf8').trim();
    } catch {
      return undefined;
    }
  };
  const head = read('HEAD');
  const reference = /^ref: (.+)$/.exec(head ?? '')?.[1];
  const packed = (): string | undefined =>
    read('packed-refs')?.split('\n').find((line) => line.endsWith(` ${reference}`))?.split(' ')[0];
  const sha = reference === undefined ? head : (read(...reference.split('/')) ?? packed());
  return sha !== undefined && /^[0-9a-f]{40,64}$/.test(sha) ? sha : null;
}

/** The forms in which a declaration can run. */
export function architecturesOf(declaration: AnyEngine): readonly Architecture[] {
  return declaration.ports.triple === undefined ? ['dual_bus'] : ['dual_bus', 'triple_bus'];
}

/** Undefined when the declaration has no such form. */
export function declaredPort(declaration: AnyEngine, architecture: Architecture): number | undefined {
  return architecture === 'triple_bus' ? declaration.ports.triple : declaration.ports.dual;
}

export function identityOf(
  declaration: AnyEngine,
  at: { readonly architecture: Architecture; readonly port: number; readonly host: string; readonly build: BuildInfo },
): EngineIdentity {
  const base = declaration.name.replaceAll('-', '_');
  const engine = at.architecture === 'triple_bus' ? `${base}_triple_bus` : base;
  const instance = `${at.host}-${at.port}`;
  return {
    name: declaration.name, engine, instance, engineId: `${engine}:${instance}`,
    port: at.port, architecture: at.architecture, version: at.build.version, gitSha: at.build.gitSha,
  };
}
