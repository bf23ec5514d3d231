import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { chart, describeChart, production, refusal, render } from './render.ts';

describeChart('wrong values', () => {
  it('give one error that lists every problem', () => {
    const message = refusal({ values: {
      profile: 'production',
      engines: { vpim: {}, features: { triple: {} }, vpin: { replicas: 2 }, websocket: { canaryWeight: 101, podDisruptionBudget: { minAvailable: 1 }, autoscaling: { minReplicas: 9 } } },
      sentinel: { replicas: 1 }, redisExporter: { enabled: false }, triplebus: { marketdataBus: { replicas: 2, persistence: { enabled: false } } },
      database: { external: { host: 'pg' } }, tls: { enabled: true },
    } });
    for (const problem of [
      'engines.vpim: there is no such engine', 'engines.features.triple: only analytics, risk, factor, ml, vpin have a form on three buses',
      'engines.vpin.dual: keeps its state in one process', 'engines.websocket.dual.canaryWeight: must be from 0 to 100',
      'engines.websocket.dual.podDisruptionBudget: set minAvailable or maxUnavailable to null', 'engines.websocket.dual.autoscaling: minReplicas is above maxReplicas',
      'sentinel.replicas: a bus with replicas needs at least 3', 'redisExporter.enabled: a bus with replicas needs the exporter',
      'database.existingSecret: a database outside', 'tls.existingSecret: TLS needs a Secret',
      'triplebus.marketdataBus.persistence.enabled: production keeps its data', 'database.password: the password of the small profile is public',
    ]) expect(message).toContain(problem);
    expect(message).toContain('13 problems in the values');
  });

  it('refuses a key that is not there, and leaves global open', () => {
    expect(refusal({ values: { gateway: { replica: 2 } } })).toMatch(/replica/);
    expect(refusal({ values: { engines: { vpin: { dual: { replica: 2 } } } } })).toMatch(/replica/);
    expect(refusal({ values: { engineDefaults: { rollout: 'big-bang' } } })).toMatch(/rollout/);
    expect(render({ values: { global: { commonLabels: { team: 'desk' } } } })[0]?.metadata.labels).toMatchObject({ team: 'desk' });
  });

  it('accepts the contract\'s block by itself and the production file with hardware off', () => {
    const required = parse(readFileSync(production, 'utf8')) as { global: object; triplebus: object; engines: { analytics: object; ml: object } };
    const block = { global: required.global, triplebus: required.triplebus, engines: { analytics: required.engines.analytics, ml: required.engines.ml } };
    expect(render({ values: block }).length).toBeGreaterThan(50);
    expect(render({ files: [production], values: { hardware: { enabled: false } } }).length).toBeGreaterThan(50);
  });

  it('has no value that no template reads', () => {
    const templates = readdirSync(join(chart, 'templates'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')).join('\n');
    const unread: string[] = [];
    const look = (value: unknown, path: readonly string[]): void => {
      const key = path.at(-1);
      if (key !== undefined && !new RegExp(`[."]${key}\\b`).test(templates)) unread.push(path.join('.'));
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) for (const [name, inner] of Object.entries(value)) look(inner, [...path, name]);
    };
    const values = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Record<string, unknown>;
    const withoutQuantities = JSON.parse(JSON.stringify(values, (name, inner: unknown) => (name === 'requests' || name === 'limits' ? undefined : inner))) as object;
    look(withoutQuantities, []);
    expect(unread).toEqual([]);
  });
});

describeChart('the migration Job', () => {
  it('is no hook, and has a new name when image or migrations change', () => {
    const job = (values: object) => render({ values }).find(({ kind }) => kind === 'Job');
    expect(job({})?.metadata.annotations).toBeUndefined();
    expect(job({ image: { tag: 'b' } })?.metadata.name).not.toBe(job({ image: { tag: 'a' } })?.metadata.name);
    expect(job({ gateway: { enabled: false } })?.metadata.name).toBe(job({})?.metadata.name);
  });
});
