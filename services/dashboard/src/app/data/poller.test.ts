import { describe, expect, it } from '@jest/globals';
import { Api } from './api.ts';
import { FakePorts, settled } from './fixtures/fake-ports.ts';
import { failed, Poller } from './poller.ts';
import type { Problem } from './problem.ts';

function polling(ports: FakePorts): { problems: Problem[]; poller: Poller } {
  const problems: Problem[] = [];
  const api = new Api(ports);
  const poller = new Poller(ports, 1_000, async () => { await api.get('/x'); }, (problem) => problems.push(problem));
  return { problems, poller };
}

describe('polling', () => {
  it('asks at its interval, and never two at once', async () => {
    const ports = new FakePorts();
    ports.answer = () => ({ status: 200, body: {} });
    const { poller } = polling(ports);
    poller.start();
    poller.now();
    expect(ports.requests).toHaveLength(1);
    await settled();
    ports.advance(0);
    await settled();
    expect(ports.requests).toHaveLength(2);
    ports.advance(999);
    expect(ports.requests).toHaveLength(2);
    ports.advance(1);
    expect(ports.requests).toHaveLength(3);
  });

  it('backs off while the server fails, honours Retry-After, and comes back', async () => {
    const ports = new FakePorts();
    ports.answer = () => ({ status: 429, body: { title: 'Too many requests', detail: 'slow down', request_id: 'r1' }, headers: { 'retry-after': '30' } });
    const { poller, problems } = polling(ports);
    poller.start();
    await settled();
    expect(problems).toEqual([{ title: 'Too many requests', detail: 'slow down', status: 429, requestId: 'r1', retryAfterMs: 30_000 }]);
    ports.advance(29_999);
    expect(ports.requests).toHaveLength(1);
    ports.answer = () => ({ status: 200, body: {} });
    ports.advance(1);
    await settled();
    ports.advance(1_000);
    expect(ports.requests).toHaveLength(3);
  });

  it('leaves the server alone while the page is hidden', async () => {
    const ports = new FakePorts();
    ports.answer = () => ({ status: 200, body: {} });
    const { poller } = polling(ports);
    poller.start();
    await settled();
    ports.shown = false;
    ports.advance(10_000);
    expect(ports.requests).toHaveLength(1);
    ports.shown = true;
    ports.advance(1_000);
    expect(ports.requests).toHaveLength(2);
  });

  it('stops', async () => {
    const ports = new FakePorts();
    ports.answer = () => new Error('refused');
    const { poller, problems } = polling(ports);
    poller.start();
    poller.stop();
    await settled();
    ports.advance(60_000);
    expect(ports.requests).toHaveLength(1);
    expect(problems).toMatchObject([{ title: 'No answer from the server', detail: 'refused', status: 0 }]);
  });

  it('keeps the last good value beside the problem', () => {
    const problem = { title: 't', detail: 'd', status: 503, requestId: null, retryAfterMs: null };
    expect(failed({ state: 'loading' }, problem)).toEqual({ state: 'failed', problem });
    expect(failed({ state: 'ready', value: 7, atMs: 1 }, problem)).toEqual({ state: 'stale', value: 7, atMs: 1, problem });
  });
});

describe('a refused request', () => {
  it('keeps the words of problem+json, field errors included', async () => {
    const ports = new FakePorts();
    ports.answer = () => ({ status: 422, body: { title: 'Invalid', detail: 'see errors', errors: [{ path: 'speed', message: 'must not be negative' }] } });
    await expect(new Api(ports).post('/x', {})).rejects.toMatchObject({ problem: { title: 'Invalid', detail: 'see errors speed: must not be negative', status: 422 } });
  });

  it('gives up on a server that never answers', async () => {
    const ports = new FakePorts();
    const hanging = { ...ports, after: ports.after, now: ports.now, request: (_path: string, init?: RequestInit) => new Promise<Response>((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
    }) };
    const answer = expect(new Api(hanging).get('/x')).rejects.toThrow('no answer within 10 s');
    ports.advance(10_000);
    await answer;
  });
});
