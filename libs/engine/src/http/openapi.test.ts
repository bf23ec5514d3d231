import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { engineApp } from '@nautilus/testkit';
import { defineEngine } from '../declaration.ts';
import { routesOf } from '../route.ts';
import { placedRoutes } from './declared-paths.ts';
import { openApiOf } from './openapi.ts';

interface Tree { readonly value: number; readonly children: readonly Tree[] }
const tree: z.ZodType<Tree> = z.object({ value: z.number(), get children() { return z.array(tree); } });

const { get, post, del } = routesOf<unknown>();

const engine = defineEngine({
  name: 'documented',
  summary: 'A documented <engine> & more.',
  ports: { dual: 18_003 },
  needs: [],
  routes: [
    get('/quotes/{symbol}', {
      summary: 'Quotes.', description: 'Newest first.', params: { symbol: z.string().describe('As typed.') }, aliases: ['/q/{symbol}'],
      query: { limit: z.coerce.number().int().default(100), since: z.string(), wide: z.enum(['0', '1']).transform((text) => text === '1').optional() },
      response: z.object({ time_ns: z.bigint(), at: z.date(), value: z.number().nullable() }), errors: { 404: 'No such symbol.' },
    }, () => ({ time_ns: 1n, at: new Date(0), value: null })),
    post('/trees', { summary: 'Trees.', body: tree, response: z.object({ root: tree }), status: 202, scope: 'admin', example: { value: 1, children: [] } }, ({ body }) => ({ root: body })),
    post('/maybe', { summary: 'Maybe.', body: z.object({ a: z.string().optional() }), response: z.string() }, () => ''),
    del('/quotes/{symbol}', { summary: 'Removes.', params: { symbol: z.string() }, response: z.object({}) }, () => ({})),
  ],
  sockets: [{ path: '/ws/{topic}', summary: 'Stream.', protocols: ['v1'], connect: () => undefined }],
  mounts: [{ prefix: '/files', summary: 'Files.', handle: () => undefined }],
});

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- a document is looked into freely

describe('the OpenAPI document', () => {
  const document: Json = JSON.parse(JSON.stringify(openApiOf(engine)));

  it('has every route, common and declared, aliases and sockets included', () => {
    expect(document.openapi).toBe('3.1.0');
    for (const { path, route } of placedRoutes(engine)) expect(document.paths[path]).toHaveProperty(route.method);
    for (const path of ['/health', '/metrics/json', '/messagebus/replay', '/jobs/{job_id}', '/q/{symbol}', '/ws/{topic}']) expect(document.paths).toHaveProperty([path]);
    expect(document['x-mounts']).toEqual([{ prefix: '/files', summary: 'Files.' }]);
  });

  it('is well formed: ids differ, path parameters are declared, references lead somewhere', () => {
    const operations = Object.entries(document.paths as Json).flatMap(([path, item]) => Object.values(item as Json).map((operation) => ({ path, operation: operation as Json })));
    const ids = operations.map(({ operation }) => operation.operationId as string);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const named = operation.parameters.filter((parameter: Json) => parameter.in === 'path').map((parameter: Json) => parameter.name);
      expect(named.sort()).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort());
      expect(Object.keys(operation.responses).length).toBeGreaterThan(1);
      for (const answer of Object.values(operation.responses as Json)) expect(answer.$ref ?? answer.description).toBeTruthy();
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => (match[1] ?? '').split('/'));
    expect(references.length).toBeGreaterThan(0);
    for (const steps of references) expect(steps.reduce<Json | undefined>((part, step) => part?.[step], document)).toBeDefined();
    expect(JSON.stringify(document)).not.toMatch(/"\$schema"|#\/\$defs/);
  });

  it('describes parameters, bodies and answers as they travel', () => {
    const quotes = document.paths['/quotes/{symbol}'].get;
    expect(quotes.parameters).toEqual([
      { name: 'symbol', in: 'path', required: true, description: 'As typed.', schema: { type: 'string' } },
      { name: 'limit', in: 'query', required: false, schema: expect.objectContaining({ default: 100 }) },
      { name: 'since', in: 'query', required: true, schema: { type: 'string' } },
      { name: 'wide', in: 'query', required: false, schema: { type: 'string', enum: ['0', '1'] } },
    ]);
    const answer = quotes.responses['200'].content['application/json'].schema;
    expect(answer.properties).toMatchObject({ time_ns: { type: 'string', pattern: '^-?[0-9]+$' }, at: { type: 'string', format: 'date-time' } });
    expect(quotes.responses['404'].description).toBe('No such symbol.');
    const trees = document.paths['/trees'].post;
    expect(trees).toMatchObject({ 'x-scope': 'admin', requestBody: { required: true, content: { 'application/json': { example: { value: 1 } } } } });
    expect(trees.responses).toHaveProperty('202');
    expect(document.paths['/maybe'].post.requestBody.required).toBe(false);
    expect(document.components.schemas.Problem.required).toEqual(['type', 'title', 'status', 'detail', 'instance', 'request_id']);
  });
});

describe('the page for people', () => {
  it('has every path and no address outside, loads its parts, and works below a prefix', async () => {
    const { http } = engineApp(engine);
    const page = await request(http.server).get('/docs');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self';/);
    expect(page.text).not.toMatch(/(?:https?:)?\/\/[a-z]/i);
    expect(page.text).toContain('/quotes/{symbol}');
    expect(page.text).toContain('A documented &lt;engine&gt; &amp; more.');
    const parts = [...page.text.matchAll(/(?:src|href|data-document)="(docs[^"]+)"/g)].map((match) => match[1] ?? '');
    expect(parts).toHaveLength(4);
    for (const part of parts) {
      const response = await request(http.server).get(`/${part}`);
      expect([part, response.status]).toEqual([part, 200]);
    }
    expect((await request(http.server).get('/docs/')).text).toContain('src="assets/start.js"');
    expect((await request(http.server).get('/docs/assets/package.json')).status).toBe(404);
    expect((await request(http.server).get('/docs/assets/..%2Fpackage.json')).status).toBe(404);
  });

  it('finds the routes from where the document is', async () => {
    const { http } = engineApp(engine);
    expect((await request(http.server).get('/openapi.json')).body).toMatchObject({ openapi: '3.1.0', info: { version: '0.0.0-test' }, servers: [{ url: './' }] });
    expect((await request(http.server).get('/docs/openapi.json')).body.servers).toEqual([{ url: '../' }]);
  });
});
