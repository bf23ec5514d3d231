import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { chart, describeChart, named, ofKind, production, render } from './render.ts';

interface Catalogue {
  readonly engines: Readonly<Record<string, { readonly image: string; readonly forms: Readonly<Record<string, { readonly suffix: string; readonly port: number }>> }>>;
}
const catalogue = parse(readFileSync(join(chart, 'files/engines.yaml'), 'utf8')) as Catalogue;
const endpoints = Object.entries(catalogue.engines).flatMap(([family, { image, forms }]) => Object.values(forms).map((form) => ({ family, image, ...form })));

/** Ports and names of contract.md, section 1: what is built must be there under these names. */
const CONTRACT: Readonly<Record<number, string>> = {
  8100: 'analytics-engine', 8101: 'analytics-engine-triple', 8110: 'backtesting-engine', 8200: 'risk-engine', 8201: 'risk-engine-triple',
  8300: 'factor-engine', 8301: 'factor-engine-triple', 8400: 'ml-engine', 8401: 'ml-engine-triple', 8500: 'features-engine', 8600: 'websocket-engine',
  8700: 'strategy-engine', 8800: 'marketdata-engine', 8900: 'portfolio-engine', 8950: 'toraniko-engine', 9000: 'collateral-engine',
  10000: 'vpin-engine', 10001: 'vpin-enhanced-engine', 10002: 'vpin-engine-triple',
};
const PLATFORM: Readonly<Record<string, number>> = {
  gateway: 8001, dashboard: 3000, redis: 6379, 'marketdata-redis': 6380, 'engine-logic-redis': 6381, 'neural-gpu-redis': 6382,
  postgres: 5432, prometheus: 9090, grafana: 3002, 'redis-exporter': 9121,
};

describeChart('what an install brings', () => {
  it('has a Deployment and a Service of every endpoint that is built, with the contract\'s name and port', () => {
    const objects = render();
    expect(endpoints.length).toBeGreaterThan(0);
    for (const { suffix, port, image } of endpoints) {
      expect(CONTRACT[port]).toBe(suffix);
      const { spec } = named(objects, 'Deployment', `nautilus-${suffix}`) as unknown as { spec: { template: { spec: { containers: { image: string; ports: { containerPort: number }[] }[] } } } };
      const [container] = spec.template.spec.containers;
      expect(container?.image).toMatch(new RegExp(`^${image}:`));
      expect(container?.ports[0]?.containerPort).toBe(port);
      expect(named(objects, 'Service', `nautilus-${suffix}`)['spec'].ports).toEqual([expect.objectContaining({ port })]);
    }
    const engines = ofKind(objects, 'Deployment').filter(({ metadata }) => / -engine(-triple)?$/.test(` ${metadata.name.replace(/^.*-engine/, '-engine')}`));
    expect(engines).toHaveLength(endpoints.length);
  });

  it('has the platform\'s Services with the contract\'s names and ports, no port translated', () => {
    const objects = render();
    for (const [suffix, port] of Object.entries(PLATFORM)) {
      expect(named(objects, 'Service', `nautilus-${suffix}`)['spec'].ports[0].port).toBe(port);
    }
    expect(named(render({ files: [production] }), 'Service', 'nautilus-redis-sentinel')['spec'].ports[0].port).toBe(26379);
  });

  it('renders nothing for an engine that is switched off', () => {
    const objects = render({ values: { engines: { vpin: { enabled: false } } } });
    expect(objects.filter(({ metadata }) => metadata.name.startsWith('nautilus-vpin-engine'))).toEqual([]);
  });

  it('takes servers outside the release instead of its own', () => {
    const objects = render({ values: { database: { external: { host: 'pg.example' }, existingSecret: 'mine' }, triplebus: { marketdataBus: { external: { host: 'redis.example' } } } } });
    const names = ofKind(objects, 'StatefulSet').map(({ metadata }) => metadata.name);
    expect(names).not.toContain('nautilus-postgres');
    expect(names).not.toContain('nautilus-marketdata-redis');
    const engine = named(objects, 'Deployment', 'nautilus-vpin-engine')['spec'].template.spec.containers[0];
    expect(engine.env).toContainEqual({ name: 'MARKETDATA_REDIS_HOST', value: 'redis.example' });
    expect(ofKind(objects, 'Secret').map(({ metadata }) => metadata.name)).not.toContain('nautilus-database');
  });

  it('makes no Secret where one is named', () => {
    const objects = render({ values: { redisAuth: { existingSecret: 'a' }, database: { existingSecret: 'b' }, monitoring: { grafana: { existingSecret: 'c' } } } });
    const names = ofKind(objects, 'Secret').map(({ metadata }) => metadata.name).sort();
    expect(names).toEqual(['nautilus-postgres-tls', 'nautilus-service-token']);
  });

  it('puts the registry before every image', () => {
    const objects = render({ values: { global: { imageRegistry: 'registry.example/x' } } });
    const images = JSON.stringify(objects).match(/"image":"[^"]+"/g) ?? [];
    expect(images.length).toBeGreaterThan(10);
    for (const image of images) expect(image).toMatch(/"image":"registry\.example\/x\//);
  });

  it('names no image "latest"', () => {
    expect(JSON.stringify(render({ files: [production] }))).not.toMatch(/"image":"[^"]*:latest"/);
  });
});
