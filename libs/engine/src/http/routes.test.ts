import { describe, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { z } from 'zod';
import {
  ConflictError, CorruptDataError, DeadlineError, DeniedError, ForbiddenError, InvalidInputError, NotFoundError, RateLimitedError, TransientError, UnauthorisedError,
} from '@nautilus/model';
import { engineApp, eventually } from '@nautilus/testkit';
import { defineEngine } from '../declaration.ts';
import { answer, routesOf, streamed } from '../route.ts';

const { get, post, put, del } = routesOf<{ readonly state: { readonly made: string } }>();
const anything = z.unknown();

const FAILURES: Readonly<Record<string, () => never>> = {
  malformed: () => fail(new InvalidInputError([{ path: '', message: 'not a file' }], 'malformed')),
  schema: () => fail(new InvalidInputError([{ path: 'a', message: 'no' }])),
  unauthorised: () => fail(new UnauthorisedError('who?')),
  forbidden: () => fail(new ForbiddenError('no')),
  'not-found': () => fail(new NotFoundError('symbol', 'no symbol XX', { symbol: 'XX' })),
  conflict: () => fail(new ConflictError('twice')),
  denied: () => fail(new DeniedError('MAX_POSITION', 'too much', { limit: 3 })),
  limited: () => fail(new RateLimitedError('slow down', 2_500)),
  transient: () => fail(new TransientError('the database is away', { retryAfterMs: 4_000 })),
  deadline: () => fail(new DeadlineError('too late')),
  corrupt: () => fail(new CorruptDataError('row 17 of a secret file')),
  defect: () => fail(new TypeError('a password in a message')),
  foreign: () => fail(Object.assign(new Error('of another copy of the package'), { kind: 'conflict', type: '/problems/conflict' })),
};

function fail(error: Error): never {
  throw error;
}

const ended: string[] = [];
async function* pieces(fails: string): AsyncGenerator<string> {
  try {
    if (fails === 'first') throw new NotFoundError('thing', 'nothing to send');
    yield 'a,b\n';
    for (let row = 0; row < 3; row++) yield `${row},x\n`;
    if (fails === 'last') throw new Error('away');
    while (fails === 'never') yield 'more\n'.repeat(1_000);
  } finally {
    ended.push(fails);
  }
}

const fake = defineEngine({
  name: 'fake-engine',
  summary: 'Answers for tests.',
  ports: { dual: 18_000 },
  needs: [],
  routes: [
    get('/things/{id}', { summary: 'One thing.', params: { id: z.string().max(8) }, response: anything, aliases: ['/items/{id}'] }, ({ params }) => ({ by: 'parameter', id: params.id })),
    get('/things/newest', { summary: 'The newest.', response: anything }, () => ({ by: 'literal' })),
    put('/things/{id}', { summary: 'Writes.', params: { id: z.string() }, body: z.object({ n: z.number() }), response: anything }, ({ params, body }) => ({ ...params, ...body })),
    del('/things/{id}', { summary: 'Removes.', params: { id: z.string() }, response: anything }, () => answer(204, undefined)),
    get('/search', { summary: 'Search.', query: { limit: z.coerce.number().int().max(1000).default(100), s: z.array(z.string()).optional() }, response: anything }, ({ query }) => query),
    get('/numbers', { summary: 'Numbers.', response: anything }, () => ({
      nan: NaN, infinite: Infinity, series: new Float64Array([1, NaN]), big: 2n ** 64n, map: new Map([['a', 1]]), nothing: null,
    })),
    post('/sum', { summary: 'Adds.', body: z.object({ a: z.number(), b: z.number().default(1), parts: z.array(z.object({ n: z.int() })).optional() }), response: anything }, ({ body }) => ({ sum: body.a + body.b })),
    post('/optional', { summary: 'All optional.', body: z.object({ a: z.number().optional() }), response: anything }, ({ body }) => body),
    post('/small', { summary: 'A small body.', body: anything, response: anything, bodyLimitBytes: 64 }, () => ({})),
    post('/bodyless', { summary: 'No body.', response: anything, status: 202 }, ({ request: { timing } }, context) => ({ state: context.state.made, timing: typeof timing })),
    get('/csv', { summary: 'Text.', response: z.string() }, () => answer(203, 'a,b\n1,2\n', { contentType: 'text/csv; charset=utf-8', headers: { 'X-Rows': '1' } })),
    get('/pieces/{fails}', { summary: 'Text in pieces.', params: { fails: z.string() }, response: z.string() }, ({ params }) => streamed('text/csv', pieces(params.fails), { 'X-Kind': 'pieces' })),
    get('/stages', { summary: 'Stages.', response: anything }, ({ request: info }) => {
      info.timing('load data', 1.5);
      return { trace: info.headers.traceparent ?? null, id: info.requestId, path: info.path };
    }),
    get('/fail/{how}', { summary: 'Fails.', params: { how: z.string() }, response: anything }, ({ params }) => FAILURES[params.how]?.()),
    get('/fail-later/{how}', { summary: 'Fails later.', params: { how: z.string() }, response: anything }, async ({ params }) => {
      await Promise.resolve();
      return FAILURES[params.how]?.();
    }),
  ],
});

const start = (options: Parameters<typeof engineApp>[1] = {}) => engineApp(fake, { state: { made: 'at start' }, ...options });
const PROBLEM_FIELDS = ['type', 'title', 'status', 'detail', 'instance', 'request_id'];

describe('finding the route', () => {
  it('prefers a literal segment to a parameter declared before it', async () => {
    const { http } = start();
    expect((await request(http.server).get('/things/newest')).body).toEqual({ by: 'literal' });
    expect((await request(http.server).get('/things/other')).body).toEqual({ by: 'parameter', id: 'other' });
  });

  it('gives an alias the same handler and decodes parameters', async () => {
    const { http } = start();
    expect((await request(http.server).get('/items/BRK%2FB')).body).toEqual({ by: 'parameter', id: 'BRK/B' });
  });

  it('answers 404 as a problem for a path that is none, with the request id in it', async () => {
    const { http } = start();
    const response = await request(http.server).get('/nowhere?x=1').set('X-Request-Id', 'abc-1');
    expect(response.status).toBe(404);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(Object.keys(response.body).sort()).toEqual([...PROBLEM_FIELDS].sort());
    expect(response.body).toMatchObject({ type: '/problems/unknown-route', title: 'Not Found', status: 404, instance: '/nowhere', request_id: 'abc-1' });
  });

  it('answers 405 with every method of the path, also of a parameter path that fits', async () => {
    const { http } = start();
    const response = await request(http.server).post('/things/newest').send({});
    expect(response.status).toBe(405);
    expect(response.headers['allow']).toBe('GET, HEAD, PUT, DELETE');
    expect((await request(http.server).put('/things/newest').send({ n: 1 })).body).toEqual({ id: 'newest', n: 1 });
  });

  it('answers HEAD without a body and OPTIONS with Allow', async () => {
    const { http } = start();
    const head = await request(http.server).head('/things/a');
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, undefined, '27']);
    const options = await request(http.server).options('/sum');
    expect([options.status, options.headers['allow']]).toEqual([204, 'POST']);
  });

  it('answers 400 for a path that cannot be decoded and goes on', async () => {
    const { http } = start();
    expect((await request(http.server).get('/things/%E0%A4%A')).status).toBe(400);
    expect((await request(http.server).get('/things/a')).status).toBe(200);
  });
});

describe('reading the request', () => {
  it('names every violation with its place', async () => {
    const { http } = start();
    const response = await request(http.server).post('/sum').send({ a: 'x', parts: [{ n: 1.5 }] });
    expect(response.status).toBe(422);
    expect(Object.keys(response.body).sort()).toEqual([...PROBLEM_FIELDS, 'errors'].sort());
    expect(response.body.errors.map((error: { path: string }) => error.path)).toEqual(['a', 'parts.0.n']);
    expect((await request(http.server).get('/search?limit=5000')).body.errors[0].path).toBe('query.limit');
    expect((await request(http.server).get('/things/much-too-long')).body.errors[0].path).toBe('path.id');
  });

  it('ignores unknown fields, fills defaults, takes a repeated query name as a list', async () => {
    const { http } = start();
    expect((await request(http.server).post('/sum').send({ a: 2, c: 3, __proto__: { polluted: true } })).body).toEqual({ sum: 3 });
    expect((await request(http.server).get('/search?s=a&s=b')).body).toEqual({ limit: 100, s: ['a', 'b'] });
    expect((await request(http.server).post('/optional')).body).toEqual({});
    expect((await request(http.server).post('/sum')).status).toBe(422);
  });

  it('answers 400 for malformed JSON without repeating it', async () => {
    const { http, logged } = start();
    const response = await request(http.server).post('/sum').set('Content-Type', 'application/json').send('{"secret-word": ');
    expect(response.status).toBe(400);
    expect(response.text).not.toContain('secret-word');
    expect(logged).toEqual([]);
  });

  it('answers 415 for a body that is no JSON, and for a charset it cannot read', async () => {
    const { http } = start();
    expect((await request(http.server).post('/sum').set('Content-Type', 'text/plain').send('{"a":1}')).status).toBe(415);
    expect((await request(http.server).post('/sum').set('Content-Type', 'application/json; charset=klingon').send('{"a":1}')).status).toBe(415);
    expect((await request(http.server).post('/sum').set('Content-Type', 'application/json').set('Content-Encoding', 'rot13').send('{"a":1}')).status).toBe(415);
    expect((await request(http.server).post('/sum').set('Content-Type', 'application/merge-patch+json').send('{"a":1}')).status).toBe(200);
  });

  it('answers 413 above the limit of the route, 1 MiB when it names none', async () => {
    const { http } = start();
    expect((await request(http.server).post('/small').send({ text: 'x'.repeat(64) })).status).toBe(413);
    expect((await request(http.server).post('/small').send({ text: 'x'.repeat(32) })).status).toBe(200);
    const large = JSON.stringify({ a: 1, more: 'x'.repeat(1024 * 1024) });
    expect((await request(http.server).post('/sum').set('Content-Type', 'application/json').send(large)).status).toBe(413);
    const near = JSON.stringify({ a: 1, more: 'x'.repeat(1024 * 1024 - 64) });
    expect((await request(http.server).post('/sum').set('Content-Type', 'application/json').send(near)).status).toBe(200);
  });
});

describe('answering', () => {
  it('sends what JSON has no number for as null, at the root of the body', async () => {
    const { http } = start();
    const response = await request(http.server).get('/numbers');
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.body).toEqual({ nan: null, infinite: null, series: [1, null], big: '18446744073709551616', map: { a: 1 }, nothing: null });
  });

  it('sends the status of the route, other media types as they are, 204 without a body', async () => {
    const { http } = start();
    const made = await request(http.server).post('/bodyless');
    expect([made.status, made.body.state]).toEqual([202, 'at start']);
    const csv = await request(http.server).get('/csv');
    expect([csv.status, csv.text, csv.headers['content-type'], csv.headers['x-rows']]).toEqual([203, 'a,b\n1,2\n', 'text/csv; charset=utf-8', '1']);
    const gone = await request(http.server).delete('/things/a');
    expect([gone.status, gone.text, gone.headers['content-type']]).toEqual([204, '', undefined]);
  });

  it('sends an answer piece by piece, with what every answer carries', async () => {
    const { http } = start();
    const whole = await request(http.server).get('/pieces/no').expect(200);
    expect([whole.text, whole.headers['content-type'], whole.headers['x-kind'], whole.headers['transfer-encoding']]).toEqual(['a,b\n0,x\n1,x\n2,x\n', 'text/csv', 'pieces', 'chunked']);
    expect(whole.headers).toMatchObject({ 'x-request-id': expect.any(String), 'server-timing': expect.stringContaining('total;dur=') });
    expect((await request(http.server).head('/pieces/no').expect(200)).headers['content-type']).toBe('text/csv');
    expect((await request(http.server).get('/pieces/first').expect(404)).body.type).toBe('/problems/unknown-thing');
    await expect(request(http.server).get('/pieces/last')).rejects.toThrow();
    expect(ended.splice(0)).toEqual(['no', 'no', 'first', 'last']);
  });

  it('ends the making of pieces when the client goes away', async () => {
    const { http } = start();
    const port = await new Promise<number>((resolve) => http.server.listen(0, () => resolve((http.server.address() as AddressInfo).port)));
    const abort = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/pieces/never`, { signal: abort.signal });
    await response.body?.getReader().read();
    abort.abort();
    await eventually(() => expect(ended.splice(0)).toEqual(['never']));
    await new Promise<unknown>((resolve) => http.server.close(resolve));
  });

  it('carries request id and stage times, makes an id where a bad one was sent', async () => {
    const { http } = start();
    const echoed = await request(http.server).get('/stages').set('X-Request-Id', 'run-7:a.b');
    expect(echoed.headers['x-request-id']).toBe('run-7:a.b');
    expect(echoed.headers['server-timing']).toMatch(/^load_data;dur=1\.500, total;dur=[\d.]+$/);
    const made = await request(http.server).get('/stages').set('X-Request-Id', 'no "quotes"');
    expect(made.headers['x-request-id']).toBe('id-1');
    expect(made.body.id).toBe('id-1');
  });

  it('hands on a traceparent that is one, and no other', async () => {
    const { http } = start();
    const good = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect((await request(http.server).get('/stages').set('traceparent', good)).body.trace).toBe(good);
    expect((await request(http.server).get('/stages').set('traceparent', 'junk')).body.trace).toBeNull();
  });

  it('tells nobody what it runs on', async () => {
    const { http } = start();
    const { headers } = await request(http.server).get('/things/a');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('etag');
  });
});

describe('errors', () => {
  it.each([
    ['malformed', 400, '/problems/malformed-input'],
    ['schema', 422, '/problems/invalid-input'],
    ['unauthorised', 401, '/problems/unauthorised'],
    ['forbidden', 403, '/problems/forbidden'],
    ['not-found', 404, '/problems/unknown-symbol'],
    ['conflict', 409, '/problems/conflict'],
    ['foreign', 409, '/problems/conflict'],
    ['denied', 422, '/problems/max-position'],
    ['limited', 429, '/problems/rate-limited'],
    ['transient', 503, '/problems/dependency-unavailable'],
    ['deadline', 504, '/problems/deadline-exceeded'],
    ['corrupt', 500, '/problems/corrupt-data'],
    ['defect', 500, '/problems/internal'],
  ])('%s becomes %i, thrown at once or later', async (how, status, type) => {
    const { http } = start();
    for (const path of ['fail', 'fail-later']) {
      const response = await request(http.server).get(`/${path}/${how}`);
      expect(response.status).toBe(status);
      expect(response.headers['content-type']).toBe('application/problem+json');
      expect(response.headers['server-timing']).toMatch(/total;dur=/);
      expect(response.body).toMatchObject({ type, status, instance: `/${path}/${how}`, request_id: response.headers['x-request-id'] });
    }
  });

  it('says when to come back', async () => {
    const { http } = start();
    expect((await request(http.server).get('/fail/transient')).headers['retry-after']).toBe('4');
    expect((await request(http.server).get('/fail/limited')).headers['retry-after']).toBe('3');
    expect((await request(http.server).get('/fail/unauthorised')).headers['www-authenticate']).toBe('Bearer');
  });

  it('gives a denial its code', async () => {
    const { http } = start();
    expect((await request(http.server).get('/fail/denied')).body).toMatchObject({ code: 'MAX_POSITION', details: { limit: 3 } });
  });

  it.each(['defect', 'corrupt'])('keeps the text of a %s inside and logs it in one line', async (how) => {
    const { http, logged } = start();
    const response = await request(http.server).get(`/fail/${how}`).set('X-Request-Id', 'find-me');
    expect(response.text).not.toMatch(/password|secret|at .*\.ts/);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ level: 'error', fields: { request_id: 'find-me', route: '/fail/{how}' } });
  });
});

describe('life of the engine', () => {
  it('answers own routes 503 while there is no state, and common ones as ever', async () => {
    const app = start();
    app.setPhase('starting');
    const response = await request(app.http.server).get('/things/a');
    expect([response.status, response.headers['retry-after'], response.body.type]).toEqual([503, '1', '/problems/not-serving']);
    expect((await request(app.http.server).get('/health')).body.status).toBe('starting');
    app.setPhase('draining');
    expect((await request(app.http.server).get('/things/a')).status).toBe(200);
  });
});
