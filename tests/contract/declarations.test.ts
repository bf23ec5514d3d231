import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { isEngine, type AnyEngine } from '@nautilus/engine';
import { COMMON_PUBLICATIONS, MATRIX, isPattern, overlap } from '@nautilus/model';

/** Ports that the outside contract promises (section 1). */
const PORTS: Readonly<Record<string, { dual: number; triple?: number }>> = {
  analytics: { dual: 8100, triple: 8101 },
  backtesting: { dual: 8110 },
  risk: { dual: 8200, triple: 8201 },
  factor: { dual: 8300, triple: 8301 },
  ml: { dual: 8400, triple: 8401 },
  features: { dual: 8500 },
  websocket: { dual: 8600 },
  strategy: { dual: 8700 },
  marketdata: { dual: 8800 },
  portfolio: { dual: 8900 },
  toraniko: { dual: 8950 },
  collateral: { dual: 9000 },
  vpin: { dual: 10000, triple: 10002 },
  'vpin-enhanced': { dual: 10001 },
  gateway: { dual: 8001 },
  'neural-gpu': { dual: 8050 },
  dashboard: { dual: 3000 },
};

const services = new URL('../../services/', import.meta.url);
const engines: readonly AnyEngine[] = await Promise.all(
  // The rest are programs that are no engines.
  readdirSync(services).filter((folder) => existsSync(new URL(`${folder}/src/engine.ts`, services))).map(async (folder) => {
    const module = (await import(new URL(`${folder}/src/engine.ts`, services).href)) as Record<string, unknown>;
    const found = Object.values(module).filter(isEngine);
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${folder} exports ${found.length} declarations`);
    return found[0];
  }),
);

const rowOf = (engine: AnyEngine): (typeof MATRIX)[string] | undefined => MATRIX[engine.name] ?? MATRIX[engine.name.replaceAll('-', '_')];

describe.each(engines.map((engine) => [engine.name, engine] as const))('%s', (name, engine) => {
  it('listens on the port that the contract promises', () => {
    expect(engine.ports.dual).toBe(PORTS[name]?.dual);
    if (engine.ports.triple !== undefined) expect(engine.ports.triple).toBe(PORTS[name]?.triple);
  });

  it('subscribes to what its row of the matrix says', () => {
    const row = rowOf(engine);
    const promised = [...(row?.subscribes ?? []), ...(row?.extensions.subscribes ?? [])];
    // The row names topics, not groups. What an engine takes back of its own results, or mirrors from one bus, is no subscription.
    const declared = (engine.consumes ?? []).filter((c) => c.groupSuffix === undefined || (c.includeOwn !== true && c.bus === undefined)).map((c) => c.topic);
    for (const pattern of declared) expect(promised).toContain(pattern);
    for (const pattern of row?.subscribes ?? []) {
      if (name !== 'gateway') expect(declared).toContain(pattern);
    }
  });

  it('publishes within its row of the matrix', () => {
    const row = rowOf(engine);
    const promised = [...(row?.publishes ?? []), ...(row?.extensions.publishes ?? []), ...COMMON_PUBLICATIONS];
    for (const pattern of engine.publishes ?? []) {
      expect(isPattern(pattern)).toBe(true);
      expect(promised.some((allowed) => overlap(allowed, pattern))).toBe(true);
    }
  });

  it('has a summary in one sentence and no path twice', () => {
    expect(engine.summary).toMatch(/^[A-Z].*\.$/);
    const paths = (engine.routes ?? []).flatMap((route) => [route.path, ...(route.aliases ?? [])].map((path) => `${route.method} ${path}`));
    expect(new Set(paths).size).toBe(paths.length);
  });
});

it('no two parts share a port', () => {
  const ports = engines.flatMap((engine) => [engine.ports.dual, ...(engine.ports.triple === undefined ? [] : [engine.ports.triple])]);
  expect(new Set(ports).size).toBe(ports.length);
});
