import { wireJson } from '@nautilus/model';
import type { AnyEngine } from '@nautilus/engine';
import { endpointsOf } from './engines.ts';
import { code, codes, page, table } from './markdown.ts';

export const ENGINE_LIST = 'services/gateway/generated/engines.json';

/** docs/engines.md for people, services/gateway/generated/engines.json for the gateway. */
export function engineDocuments(engines: readonly AnyEngine[]): ReadonlyMap<string, string> {
  const endpoints = endpointsOf(engines);
  const platform = engines.filter((declaration) => declaration.kind === 'platform');
  const registry = endpoints.map(({ declaration, engine, port, architecture }) => ({
    name: engine,
    folder: declaration.name,
    port,
    architecture,
    service: `${declaration.name}-engine${architecture === 'triple_bus' ? '-triple' : ''}`,
    summary: declaration.summary,
  }));
  return new Map([
    [ENGINE_LIST, JSON.stringify(JSON.parse(wireJson(registry)), null, 2) + '\n'],
    [
      'docs/engines.md',
      page(
        'Engines',
        'What is built, as each declaration in `services/*/src/engine.ts` says. An engine that is not here does not exist yet.',
        table(
          ['Port', 'Engine', 'Buses', 'What it does', 'Reads', 'Publishes', 'Needs'],
          endpoints.map(({ declaration, engine, port, architecture }) => [
            port,
            `[${engine}](openapi/${declaration.name}.json)`,
            architecture === 'dual_bus' ? 2 : 3,
            declaration.summary,
            codes((declaration.consumes ?? []).map((c) => c.topic).filter(unique)),
            codes(declaration.publishes ?? []),
            codes(declaration.needs),
          ]),
        ),
        '## Platform',
        table(
          ['Port', 'Part', 'What it does'],
          platform.map((declaration) => [declaration.ports.dual, code(declaration.name), declaration.summary]),
        ),
        '## WebSocket paths',
        table(
          ['Port', 'Path', 'What it carries'],
          engines.flatMap((declaration) => (declaration.sockets ?? []).map((s) => [declaration.ports.dual, code(s.path), s.summary])),
        ),
      ),
    ],
  ]);
}

const unique = <T>(value: T, index: number, all: readonly T[]): boolean => all.indexOf(value) === index;
