import { describe, expect, it } from '@jest/globals';
import { Api } from './api.ts';
import { FakePorts, settled } from './fixtures/fake-ports.ts';
import { Watched } from './watched.ts';

const open = () => {
  const ports = new FakePorts();
  ports.answer = (path) => ({ status: 200, body: { level: path.length } });
  const subject = { path: '/api/a' as string | null, query: '' };
  const view = new Watched<number>(ports, new Api(ports), (run) => run(), {
    everyMs: 5_000,
    path: () => subject.path,
    query: () => subject.query,
    read: (body) => (body as { level?: number }).level,
    what: 'level',
  });
  return { ports, view, subject, asked: () => ports.requests.map(({ path }) => path) };
};

describe('an answer that is watched', () => {
  it('is asked for while somebody looks, and not before or after', async () => {
    const { ports, view, asked } = open();
    ports.advance(60_000);
    expect(asked()).toEqual([]);
    view.start();
    await settled();
    expect(asked()).toEqual(['/api/a']);
    expect(view.resource.get()).toEqual({ state: 'ready', value: 6, atMs: ports.nowMs });
    ports.advance(5_000);
    await settled();
    expect(asked()).toHaveLength(2);
    view.stop();
    ports.advance(60_000);
    expect(asked()).toHaveLength(2);
  });

  it('keeps the last value when the next question fails, with the cause', async () => {
    const { ports, view } = open();
    view.start();
    await settled();
    ports.answer = () => ({ status: 503, body: { title: 'Service Unavailable', detail: 'No engine answered.' } });
    ports.advance(5_000);
    await settled();
    expect(view.resource.get()).toMatchObject({ state: 'stale', value: 6, problem: { detail: 'No engine answered.' } });
    view.stop();
  });

  it('is absent when the server says so, asked again at the usual pace, and back when it is there', async () => {
    const { ports, view } = open();
    const answer = ports.answer;
    view.start();
    await settled();
    ports.answer = () => ({ status: 404, body: { title: 'Not Found', detail: 'no quotes of MSFT were seen' } });
    ports.advance(5_000);
    await settled();
    expect(view.resource.get()).toMatchObject({ state: 'absent', problem: { detail: 'no quotes of MSFT were seen' } });
    ports.answer = answer;
    ports.advance(5_000);
    await settled();
    expect(view.resource.get()).toMatchObject({ state: 'ready' });
    view.stop();
  });

  it('is void when the path leads elsewhere, and an answer for the path before is dropped', async () => {
    const { ports, view, subject, asked } = open();
    view.start();
    subject.path = '/api/longer';
    view.refresh();
    expect(view.resource.get()).toEqual({ state: 'loading' });
    await settled();
    ports.advance(0);
    await settled();
    expect(asked()).toEqual(['/api/a', '/api/longer']);
    expect(view.resource.get()).toMatchObject({ state: 'ready', value: '/api/longer'.length });
    subject.path = null;
    view.refresh();
    await settled();
    expect(view.resource.get()).toEqual({ state: 'loading' });
    expect(asked()).toHaveLength(2);
    view.stop();
  });

  it('stands while only the query changes', async () => {
    const { ports, view, subject, asked } = open();
    view.start();
    await settled();
    subject.query = '?to=2';
    view.refresh();
    expect(view.resource.get()).toMatchObject({ state: 'ready', value: 6 });
    await settled();
    expect(asked()).toEqual(['/api/a', '/api/a?to=2']);
    ports.advance(0);
    view.stop();
  });

  it('says that an answer is unreadable', async () => {
    const { ports, view } = open();
    ports.answer = () => ({ status: 200, body: {} });
    view.start();
    await settled();
    expect(view.resource.get()).toMatchObject({ state: 'failed', problem: { title: 'Unreadable answer', detail: 'the answer has no "level"' } });
    view.stop();
  });
});
