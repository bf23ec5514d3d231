import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { engineApp } from '@nautilus/testkit';
import { defineEngine } from '../declaration.ts';
import { routesOf } from '../route.ts';
import { ClientAddress } from './client-address.ts';
import { apiKeysOf } from './http-settings.ts';
import { RateLimit } from './rate-limit.ts';

const { get, post } = routesOf<unknown>();
const ok = z.unknown();

const engine = (edge: boolean) =>
  defineEngine({
    name: 'guarded',
    summary: 'Guarded.',
    ports: { dual: 18_001 },
    ...(edge ? { edge: true } : {}),
    needs: [],
    routes: [
      get('/read', { summary: 'Reads.', response: ok }, ({ request: { clientIp, principal } }) => ({ clientIp, principal: principal ?? null })),
      post('/trade', { summary: 'Trades.', response: ok }, () => ({})),
      get('/admin', { summary: 'Administers.', response: ok, scope: 'admin' }, () => ({})),
    ],
    mounts: [{ prefix: '/mounted', summary: 'Mounted.', handle: (_request, response) => void response.end('mounted') }],
  });

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const apiKeys = apiKeysOf([`viewer:read:${sha256('r-key')}`, `desk:trade:${sha256('t-key').toUpperCase()}`, `ops:admin:${sha256('a-key')}`]);

const CALLS = [['get', '/read'], ['post', '/trade'], ['get', '/admin'], ['get', '/mounted/x']] as const;

async function statuses(options: Parameters<typeof engineApp>[1], key: string | undefined, edge = false): Promise<number[]> {
  const { http } = engineApp(engine(edge), options);
  const found: number[] = [];
  for (const [method, path] of CALLS) {
    const call = request(http.server)[method](path);
    found.push((await (key === undefined ? call : call.set('X-API-Key', key))).status);
  }
  return found;
}

describe('API keys', () => {
  it.each([
    // mode, edge, any keys, key shown, read, trade, admin, mount
    ['off', false, true, undefined, [200, 200, 401, 200]],
    ['off', true, true, 'a-key', [200, 200, 200, 200]],
    ['edge', false, true, undefined, [200, 200, 401, 200]],
    ['edge', false, true, 't-key', [200, 200, 403, 200]],
    ['edge', true, true, undefined, [401, 401, 401, 401]],
    ['edge', true, true, 'r-key', [200, 403, 403, 200]],
    ['edge', true, true, 't-key', [200, 200, 403, 200]],
    ['edge', true, true, 'a-key', [200, 200, 200, 200]],
    ['all', false, true, undefined, [401, 401, 401, 401]],
    ['all', false, true, 'wrong', [401, 401, 401, 401]],
    ['all', false, true, 'r-key', [200, 403, 403, 200]],
    ['all', false, true, 'service-token', [200, 200, 200, 200]],
    ['edge', true, false, undefined, [200, 200, 200, 200]],
    ['all', false, false, undefined, [200, 200, 200, 200]],
  ] as const)('mode %s, edge %s, keys %s, shown %s', async (authMode, edge, keys, shown, expected) => {
    const http = { authMode, apiKeys: keys ? apiKeys : [], serviceToken: 'service-token' };
    expect(await statuses({ http }, shown, edge)).toEqual(expected);
  });

  it('takes a bearer token and names the caller, and leaves health and documents open', async () => {
    const { http } = engineApp(engine(false), { http: { authMode: 'all', apiKeys } });
    expect((await request(http.server).get('/read').set('Authorization', 'Bearer r-key')).body.principal).toEqual({ name: 'viewer', scope: 'read' });
    for (const path of ['/health', '/health/live', '/health/ready', '/docs', '/docs/openapi.json']) {
      expect([path, (await request(http.server).get(path)).status]).toEqual([path, 200]);
    }
    for (const path of ['/info', '/metrics', '/openapi.json', '/healthy', '/docsx']) {
      expect([path, (await request(http.server).get(path)).status]).toEqual([path, path === '/healthy' || path === '/docsx' ? 404 : 401]);
    }
  });

  it('asks for the admin scope at dead letters and replay as soon as there is a key', async () => {
    const { http } = engineApp(engine(false), { http: { apiKeys } });
    expect((await request(http.server).get('/messagebus/dead-letters')).status).toBe(401);
    expect((await request(http.server).post('/messagebus/replay').set('X-API-Key', 't-key').send({})).status).toBe(403);
  });

  it('refuses a list of keys that breaks the form, without repeating it', () => {
    for (const entry of ['nameless', 'a:root:' + sha256('x'), 'a:read:beef', ':read:' + sha256('x')]) {
      expect(() => apiKeysOf([entry])).toThrow(/^API_KEYS: must be name:scope:sha256/);
    }
    expect(() => apiKeysOf([`a:read:${sha256('x')}`, `a:admin:${sha256('y')}`])).toThrow(/twice/);
  });
});

describe('the rate limit', () => {
  it('counts each client over a sliding minute and tells the budget in both forms', async () => {
    const { http, clock, metrics } = engineApp(engine(false), { http: { rateLimit: 2 } });
    const first = await request(http.server).get('/read');
    expect(first.headers).toMatchObject({
      'ratelimit-limit': '2', 'ratelimit-remaining': '1', 'ratelimit-reset': '60', 'x-ratelimit-limit': '2', 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '60',
    });
    clock.advance(20_000);
    expect((await request(http.server).get('/read')).headers).toMatchObject({ 'ratelimit-remaining': '0', 'ratelimit-reset': '40' });
    const denied = await request(http.server).get('/nowhere');
    expect(denied.status).toBe(429);
    expect(denied.headers).toMatchObject({ 'retry-after': '40', 'ratelimit-remaining': '0', 'content-type': 'application/problem+json' });
    clock.advance(39_999);
    expect((await request(http.server).get('/read')).status).toBe(429);
    clock.advance(1);
    expect((await request(http.server).get('/read')).status).toBe(200);
    expect((await request(http.server).get('/read')).status).toBe(429);
    expect(await metrics.text()).toMatch(/^nautilus_rate_limited_total 3$/m);
  });

  it('leaves probes, metrics and the in-cluster token free, and is off at 0', async () => {
    const { http } = engineApp(engine(false), { http: { rateLimit: 1, serviceToken: 'inside' } });
    await request(http.server).get('/read');
    for (const path of ['/health', '/health/live', '/metrics', '/metrics/json']) {
      const response = await request(http.server).get(path);
      expect(response.status).toBe(200);
      expect(response.headers).not.toHaveProperty('ratelimit-limit');
    }
    expect((await request(http.server).get('/read').set('Authorization', 'Bearer inside')).status).toBe(200);
    expect((await request(http.server).get('/read')).status).toBe(429);
    const off = engineApp(engine(false), { http: { rateLimit: 0 } });
    expect((await request(off.http.server).get('/read')).headers).not.toHaveProperty('ratelimit-limit');
  });

  it('gives a known key a budget of its own, and an invented one none', async () => {
    const { http } = engineApp(engine(false), { http: { rateLimit: 1, apiKeys } });
    const call = (key: string) => request(http.server).get('/read').set('X-API-Key', key);
    expect((await call('r-key')).status).toBe(200);
    expect((await call('t-key')).status).toBe(200);
    expect((await call('r-key')).status).toBe(429);
    expect((await call('invented-1')).status).toBe(200);
    expect((await call('invented-2')).status).toBe(429);
  });

  it('counts exactly through growth of its memory, whatever the moments', () => {
    let now = 0;
    const limit = new RateLimit(100, () => now);
    const allowed: number[] = [];
    for (let step = 0; step < 5_000; step += 1) {
      now += (step * 7919) % 1_300;
      const inWindow = allowed.filter((time) => time > now - 60_000).length;
      const budget = limit.take('a');
      expect(budget.allowed).toBe(inWindow < 100);
      if (budget.allowed) allowed.push(now);
      expect(budget.remaining).toBe(100 - Math.min(100, inWindow + 1));
    }
  });

  it('forgets the clients seen least recently instead of growing without bound', () => {
    const limit = new RateLimit(1, () => 0);
    limit.take('first');
    for (let client = 0; client < 10_000; client += 1) limit.take(`client ${client}`);
    expect(limit.take('client 9999').allowed).toBe(false);
    expect(limit.take('first').allowed).toBe(true);
  });
});

describe('the address of a client', () => {
  const address = (trusted: string[], peer: string, headers: Record<string, string> = {}): string =>
    new ClientAddress(trusted).of({ socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage);

  it('believes forwarded addresses only from a trusted proxy', () => {
    const forged = { 'x-forwarded-for': '1.2.3.4', 'x-real-ip': '1.2.3.5' };
    expect(address([], '10.0.0.9', forged)).toBe('10.0.0.9');
    expect(address(['10.0.0.1'], '10.0.0.9', forged)).toBe('10.0.0.9');
    expect(address(['10.0.0.0/8'], '::ffff:10.0.0.9', forged)).toBe('1.2.3.4');
    expect(address(['10.0.0.0/8'], '10.0.0.9', { 'x-real-ip': '1.2.3.5' })).toBe('1.2.3.5');
    expect(address(['fd00::/8'], 'fd00::7', { 'x-forwarded-for': '2001:db8::1' })).toBe('2001:db8::1');
  });

  it('takes the last address that no trusted proxy wrote, so that a client cannot put one in front', () => {
    expect(address(['10.0.0.0/8'], '10.0.0.1', { 'x-forwarded-for': '6.6.6.6, 1.2.3.4, 10.0.0.2' })).toBe('1.2.3.4');
    expect(address(['10.0.0.0/8'], '10.0.0.1', { 'x-forwarded-for': 'junk' })).toBe('10.0.0.1');
  });

  it.each(['localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', ''])('refuses %p as a proxy', (entry) => {
    expect(() => new ClientAddress([entry])).toThrow(/TRUSTED_PROXIES/);
  });
});
