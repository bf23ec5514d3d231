import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, FakeClock } from '@nautilus/testkit';
import { OPEN_MS } from './circuit.ts';
import { createSource } from './client.ts';
import { NEGATIVE_MS } from './answer-keeper.ts';
import { jsonOf } from './json-body.ts';
import { keptInMemory } from './kept-memory.ts';
import type { SourceSettings } from './ports.ts';
import { SourceServer, SourceWorld } from './source-server.fixture.ts';
import { faultOfStatus } from './status-fault.ts';
import { MalformedError, SourceError, type Endpoint, type Source, type SourceDefinition, type SourceFault } from './source.ts';

const KEY = 'k3y/with+signs';
const definition: SourceDefinition = {
  name: 'fred', title: 'Test', baseUrl: 'https://example.invalid', licence: 'none', needsKey: true,
  limits: [{ name: 'second', perMs: 1_000, calls: 5 }, { name: 'minute', perMs: 60_000, calls: 20 }],
  authorise: (request, key) => ({ ...request, query: { ...request.query, api_key: key } }),
  classify: faultOfStatus,
  quotaTold: (headers) => (headers['x-left'] === undefined ? undefined : { limit: 'minute', left: Number(headers['x-left']) }),
};

interface Asking { readonly id: string; readonly offset?: number }
const FRESH_MS = 10_000;
const STALE_MS = 20_000;
const list: Endpoint<Asking, number> = {
  name: 'list',
  freshMs: () => FRESH_MS,
  staleMs: STALE_MS,
  request: ({ id, offset = 0 }) => ({ path: `/list/${id}`, query: { offset } }),
  parse(response, parameters) {
    const body = jsonOf(response) as { items?: number[]; next?: number };
    if (!Array.isArray(body.items)) throw new MalformedError('items is no list');
    return { records: body.items, ...(body.next === undefined ? {} : { next: { ...parameters, offset: body.next } }) };
  },
};
const good = { body: '{"items":[1,2]}' };

const clock = () => new FakeClock(Date.parse('2026-08-14T15:00:00Z'));

let server: SourceServer;
let world: SourceWorld;
let source: Source;

beforeAll(async () => void (server = await SourceServer.start()));
afterAll(() => server.stop());
beforeEach(() => {
  world = new SourceWorld(clock());
  source = make();
});

function make(settings: Partial<SourceSettings> = {}, inWorld = world): Source {
  return createSource(definition, { enabled: true, key: KEY, baseUrl: server.url, timeoutMs: 2_000, attempts: 3, ...settings }, inWorld.ports);
}

async function faultOf(asking: Promise<unknown>): Promise<SourceError> {
  const error = await asking.then(() => undefined, (thrown: unknown) => thrown);
  if (error instanceof SourceError) return error;
  throw new Error(`no SourceError but ${String(error)}`);
}

describe('a source without a key, or switched off', () => {
  it.each([
    ['not_configured', { key: undefined }],
    ['not_configured', { key: '', attempts: 1 }],
    ['off', { enabled: false }],
  ] as const)('is %s (%j), refuses and sends nothing', async (state, settings) => {
    server.answers(good);
    source = make(settings);
    expect((await faultOf(source.call(list, { id: 'a' }))).fault).toBe('not_configured');
    expect(source.status()).toMatchObject({ state, requests: 0, failures: 0, quota: { left: 5 }, lastError: null });
    expect(server.asked).toHaveLength(0);
  });
});

describe('an answer', () => {
  it('carries its origin, time and what is left of the quota', async () => {
    server.answers(good);
    expect(source.status().state).toBe('idle');
    const answer = await source.call(list, { id: 'a' });
    expect(answer).toMatchObject({ source: 'fred', endpoint: 'list', records: [1, 2], fetchedAt: world.clock.now(), provenance: 'live', cache: 'miss', quota: { left: 4 } });
    expect(answer.quota.limits).toEqual([
      { name: 'second', calls: 5, left: 4, resetsAt: world.clock.now() + 1_000 }, { name: 'minute', calls: 20, left: 19, resetsAt: world.clock.now() + 60_000 },
    ]);
    expect(source.status()).toMatchObject({ state: 'ok', lastSuccessAt: world.clock.now() });
  });

  it('is asked for with the key, which no log and no message shows', async () => {
    server.answers({ status: 400, body: `bad key ${KEY}` });
    const error = await faultOf(source.call(list, { id: 'a' }));
    expect(server.asked[0]?.url.searchParams.get('api_key')).toBe(KEY);
    expect(error.message).toBe('400: bad key ***');
    const logged = JSON.stringify([world.requests, world.states, source.status()]);
    expect(logged).not.toContain(KEY);
    expect(logged).not.toContain(encodeURIComponent(KEY));
    expect(world.requests[0]?.url).toBe(`${server.url}/list/a?offset=0&api_key=***`);
  });
});

describe('kept answers', () => {
  it('are given again while fresh, then once more while a new one is fetched', async () => {
    server.answers(good, { body: '{"items":[3]}' });
    await source.call(list, { id: 'a' });
    world.advance(FRESH_MS - 1);
    expect(await source.call(list, { id: 'a' })).toMatchObject({ records: [1, 2], cache: 'hit' });
    world.advance(1);
    expect(await source.call(list, { id: 'a' })).toMatchObject({ records: [1, 2], cache: 'stale' });
    await eventually(async () => expect(await source.call(list, { id: 'a' })).toMatchObject({ records: [3], cache: 'hit' }));
    expect(server.asked).toHaveLength(2);
    expect(source.status().cacheHits).toBeGreaterThanOrEqual(3);
    expect(source.status().cacheMisses).toBe(1);
  });

  it('outlive the process, and one from the future counts as old', async () => {
    const kept = keptInMemory();
    server.answers(good, { body: '{"items":[3]}' });
    await make({}, new SourceWorld(clock(), kept)).call(list, { id: 'a' });
    const later = new SourceWorld(clock(), kept);
    expect(await make({}, later).call(list, { id: 'a' })).toMatchObject({ records: [1, 2], cache: 'hit' });
    later.clock.setWallClock(later.clock.now() - 3_600_000);
    expect(await make({}, later).call(list, { id: 'a' })).toMatchObject({ records: [3], cache: 'miss' });
  });

  it('stand in when the source is away, with their own time', async () => {
    server.answers(good, { status: 503 });
    const first = await source.call(list, { id: 'a' });
    world.advance(FRESH_MS + STALE_MS);
    expect(await source.call(list, { id: 'a' })).toMatchObject({ records: [1, 2], cache: 'stale', fetchedAt: first.fetchedAt });
    expect(source.status()).toMatchObject({ state: 'degraded', lastError: { fault: 'unavailable' } });
  });

  it('are shared by questions that come while one is asked', async () => {
    server.answers(good);
    const answers = await Promise.all(Array.from({ length: 20 }, () => source.call(list, { id: 'a' })));
    expect(new Set(answers.map(({ records }) => records)).size).toBe(1);
    expect(server.asked).toHaveLength(1);
  });

  it('of a refusal last a minute', async () => {
    server.answers({ status: 404, body: 'no such' }, good);
    expect((await faultOf(source.call(list, { id: 'a' }))).fault).toBe('not_found');
    world.advance(NEGATIVE_MS - 1);
    expect((await faultOf(source.call(list, { id: 'a' }))).fault).toBe('not_found');
    expect(server.asked).toHaveLength(1);
    world.advance(1);
    expect((await source.call(list, { id: 'a' })).records).toEqual([1, 2]);
    expect(source.status().state).toBe('ok');
  });

  it('survive a caller that goes away while others wait', async () => {
    server.answers(good);
    const leaving = new AbortController();
    const gone = source.call(list, { id: 'a' }, { signal: leaving.signal });
    const stays = source.call(list, { id: 'a' });
    leaving.abort(new Error('left'));
    await expect(gone).rejects.toThrow('left');
    expect((await stays).records).toEqual([1, 2]);
  });
});

describe('refusals and failures', () => {
  it.each<[string, SourceFault, object, number]>([
    ['429', 'throttled', { status: 429 }, 3],
    ['500', 'unavailable', { status: 500 }, 3],
    ['502 with HTML', 'unavailable', { status: 502, body: '<html>Bad gateway</html>' }, 3],
    ['a broken connection', 'unavailable', { body: '{"items":[1,2,3,4]}', cut: true }, 3],
    ['cut JSON', 'malformed', { body: '{"items":[1,' }, 1],
    ['HTML with 200', 'malformed', { body: '<!DOCTYPE html><html></html>' }, 1],
    ['JSON of another shape', 'malformed', { body: '[]' }, 1],
    ['an empty body', 'malformed', { body: '' }, 1],
    ['a redirect to another host', 'malformed', { status: 302, headers: { location: 'http://other.invalid/' } }, 1],
    ['400', 'bad_request', { status: 400 }, 1],
    ['401', 'unauthorised', { status: 401 }, 1],
    ['403', 'plan_required', { status: 403 }, 1],
    ['404', 'not_found', { status: 404 }, 1],
  ])('%s is %s', async (_name, fault, scripted, sent) => {
    server.answers(scripted);
    const error = await faultOf(source.call(list, { id: 'a' }));
    expect(error).toMatchObject({ source: 'fred', fault });
    expect(server.asked).toHaveLength(sent);
    expect(world.delays).toEqual([500, 1_000].slice(0, sent - 1));
    expect(world.unreadable.map(({ source: name, body }) => [name, body])).toEqual(fault === 'malformed' && 'body' in scripted ? [['fred', scripted.body]] : []);
    expect(source.status().state).toBe(fault === 'bad_request' || fault === 'not_found' ? 'idle' : 'degraded');
  });

  it('follows redirects within the host', async () => {
    server.answers({ status: 301, headers: { location: '/list/b?offset=0' } }, good);
    expect((await source.call(list, { id: 'a' })).records).toEqual([1, 2]);
  });

  it('gives up after the time-out', async () => {
    server.answers({ hang: true });
    const asking = faultOf(make({ attempts: 1 }).call(list, { id: 'a' }));
    await eventually(() => server.asked.length === 1);
    world.advance(2_000);
    expect(await asking).toMatchObject({ fault: 'unavailable', message: 'no answer within 2000 ms' });
  });

  it('waits as long as Retry-After says, as seconds or as a date by the clock of the source', async () => {
    server.answers({ status: 429, headers: { 'retry-after': '7' } }, { status: 503, headers: { date: 'Fri, 14 Aug 2026 09:00:00 GMT', 'retry-after': 'Fri, 14 Aug 2026 09:00:20 GMT' } }, good);
    expect((await source.call(list, { id: 'a' })).records).toEqual([1, 2]);
    expect(world.delays).toEqual([7_000, 20_000]);
    expect(source.status()).toMatchObject({ state: 'ok', requests: 3, failures: 2 });
  });

  it('does not wait for a Retry-After of minutes, and asks nothing until then', async () => {
    server.answers({ status: 429, headers: { 'retry-after': '300' } }, good);
    expect(await faultOf(source.call(list, { id: 'a' }))).toMatchObject({ fault: 'throttled', retryAfterMs: 300_000 });
    world.advance(299_000);
    expect(await faultOf(source.call(list, { id: 'a' }))).toMatchObject({ fault: 'throttled', retryAfterMs: 1_000 });
    expect(server.asked).toHaveLength(1);
    world.advance(1_000);
    expect((await source.call(list, { id: 'a' })).records).toEqual([1, 2]);
  });

  it('measures how far the clocks are apart, and works on', async () => {
    server.answers({ ...good, headers: { date: 'Fri, 14 Aug 2026 17:00:00 GMT' } });
    expect((await source.call(list, { id: 'a' })).fetchedAt).toBe(world.clock.now());
    expect(source.status().clockSkewMs).toBe(7_200_000);
  });

  it('never repeats what changes something', async () => {
    server.answers({ status: 503 });
    const order: Endpoint<Asking, number> = { ...list, name: 'order', request: () => ({ method: 'POST', path: '/order', body: '{}' }) };
    expect((await faultOf(source.call(order, { id: 'a' }))).fault).toBe('unavailable');
    expect(server.asked).toHaveLength(1);
  });
});

describe('the circuit', () => {
  it('opens after five failures, lets one probe through after 30 s, and closes with it', async () => {
    server.answers({ status: 500 });
    source = make({ attempts: 1 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await faultOf(source.call(list, { id }));
    expect(source.status()).toMatchObject({ state: 'degraded', circuit: 'open' });
    world.advance(OPEN_MS - 1);
    expect(await faultOf(source.call(list, { id: 'f' }))).toMatchObject({ fault: 'unavailable', retryAfterMs: 1, message: expect.stringContaining('500') });
    expect(server.asked).toHaveLength(5);
    world.advance(1);
    const [probe, other] = await Promise.all([faultOf(source.call(list, { id: 'f' })), faultOf(source.call(list, { id: 'g' }))]);
    expect([probe.fault, other.fault]).toEqual(['unavailable', 'unavailable']);
    expect(server.asked).toHaveLength(6);
    expect(source.status().circuit).toBe('open');
    world.advance(OPEN_MS);
    server.answers(good);
    expect((await source.call(list, { id: 'h' })).records).toEqual([1, 2]);
    expect(source.status()).toMatchObject({ state: 'ok', circuit: 'closed' });
    expect(world.states.map(({ state, circuit }) => `${state} ${circuit}`)).toEqual(['degraded closed', 'degraded open', 'ok closed']);
  });
});

describe('quota', () => {
  it('refuses beyond each limit with the time of the next token, unsent', async () => {
    server.answers(good);
    for (let id = 0; id < 5; id += 1) await source.call(list, { id: String(id) });
    world.advance(400);
    expect(await faultOf(source.call(list, { id: 'x' }))).toMatchObject({ fault: 'throttled', retryAfterMs: 600 });
    expect(server.asked).toHaveLength(5);
    expect(source.status()).toMatchObject({ state: 'ok', quota: { left: 0 } });
    for (let second = 1; second < 4; second += 1) {
      world.advance(1_000);
      for (let id = 0; id < 5; id += 1) await source.call(list, { id: `${second}:${id}` });
    }
    world.advance(1_000);
    const error = await faultOf(source.call(list, { id: 'y' }));
    expect(error).toMatchObject({ fault: 'throttled', retryAfterMs: 60_000 - 4_400 });
  });

  it('lets those wait who want to, the most urgent first', async () => {
    server.answers((asked) => ({ body: JSON.stringify({ items: [Number(asked.url.pathname.split('/').at(-1))] }) }));
    source = make({ calls: { second: 1 } });
    await source.call(list, { id: '0' });
    const [low, high] = [source.call(list, { id: '1' }, { waitMs: 5_000 }), source.call(list, { id: '2' }, { waitMs: 5_000, priority: 1 })];
    const late = faultOf(source.call(list, { id: '3' }, { waitMs: 500 }));
    expect((await late).fault).toBe('throttled');
    world.advance(1_000);
    expect((await high).records).toEqual([2]);
    expect(server.asked).toHaveLength(2);
    world.advance(1_000);
    expect((await low).records).toEqual([1]);
  });

  it('believes the source when it counts fewer calls left', async () => {
    server.answers({ ...good, headers: { 'x-left': '0' } });
    await source.call(list, { id: 'a' });
    expect(source.status().quota.left).toBe(0);
    expect((await faultOf(source.call(list, { id: 'b' }))).fault).toBe('throttled');
    world.advance(60_000);
    expect((await source.call(list, { id: 'b' })).records).toEqual([1, 2]);
  });
});

describe('pages', () => {
  const page = (items: readonly number[], next?: number) => ({ body: JSON.stringify({ items, next }) });

  it('are put together', async () => {
    server.answers(page([1], 1), page([2], 2), page([3]));
    expect((await source.all(list, { id: 'a' })).records).toEqual([1, 2, 3]);
  });

  it.each([
    ['lead back to a former one', [page([1], 1), page([2], 0)], 'the pages go in circles'],
    ['are the same under another offset', [page([1], 1), page([1], 2)], 'a page came twice'],
    ['are empty and name a next one', [page([1], 1), page([], 2)], 'an empty page'],
    ['never end', [(asked: { url: URL }) => page([Number(asked.url.searchParams.get('offset'))], Number(asked.url.searchParams.get('offset')) + 1)], 'more than 3 pages'],
  ])('that %s are malformed', async (_name, script, message) => {
    server.answers(...script);
    expect(await faultOf(source.all(list, { id: 'a' }, { maxPages: 3 }))).toMatchObject({ fault: 'malformed', message: expect.stringContaining(message) });
  });
});
