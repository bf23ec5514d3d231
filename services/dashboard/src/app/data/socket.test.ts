import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakePorts, frameText } from './fake-ports.fixture.ts';
import type { Frame } from './frame.ts';
import { ReconnectingSocket, type LinkStatus } from './socket.ts';

let ports: FakePorts;
let frames: Frame[];
let status: LinkStatus;
let link: ReconnectingSocket;

beforeEach(() => {
  ports = new FakePorts();
  frames = [];
  link = new ReconnectingSocket(ports, '/ws', { frame: (frame) => frames.push(frame), status: (now) => { status = now; } });
});

const actions = (): string[] => ports.socket.sent.map(({ action }) => action);

describe('the socket', () => {
  it('subscribes again to everything after each reconnection', () => {
    link.setTopics(['a.*', 'b.c']);
    link.start();
    ports.socket.handlers.open();
    ports.socket.handlers.close(1006, '');
    ports.advance(15_000);
    ports.socket.handlers.open();
    expect(ports.sockets).toHaveLength(2);
    expect(ports.socket.sent[0]).toEqual({ action: 'subscribe', topics: ['a.*', 'b.c'] });
    expect(status).toMatchObject({ state: 'open', attempt: 0, opened: 2 });
  });

  it('sends only the difference when the wanted topics change', () => {
    link.setTopics(['a', 'b']);
    link.start();
    ports.socket.handlers.open();
    link.setTopics(['b', 'c']);
    expect(ports.socket.sent.slice(-2)).toEqual([
      { action: 'unsubscribe', topics: ['a'] },
      { action: 'subscribe', topics: ['c'] },
    ]);
  });

  it('waits longer after each failure, within the ceiling', () => {
    link.start();
    const delays: number[] = [];
    for (let failure = 0; failure < 8; failure += 1) {
      ports.socket.handlers.close(1006, '');
      const delay = (status.retryAtMs ?? 0) - ports.nowMs;
      delays.push(delay);
      ports.advance(delay);
    }
    expect(delays[1]).toBeGreaterThan(delays[0] ?? 0);
    expect(delays.slice(0, 3)).toEqual([375, 750, 1500]);
    expect(Math.max(...delays)).toBe(11_250);
    expect(ports.sockets).toHaveLength(9);
  });

  it('abandons a connection that went silent without closing', () => {
    link.start();
    ports.socket.handlers.open();
    const silent = ports.socket;
    ports.advance(60_000);
    expect(silent.closed).toBe(true);
    expect(ports.sockets.length).toBeGreaterThan(1);
  });

  it('ignores what an abandoned connection still says', () => {
    link.start();
    ports.socket.handlers.open();
    const old = ports.socket;
    old.handlers.close(1001, 'going away');
    old.handlers.message(frameText('a.b', {}));
    old.handlers.close(1001, 'again');
    expect(frames).toHaveLength(0);
    expect(status).toMatchObject({ state: 'waiting', attempt: 1, reason: 'going away (1001)' });
  });

  it('stays open while pongs arrive, and measures the round trip', () => {
    link.start();
    ports.socket.handlers.open();
    for (let round = 0; round < 20; round += 1) {
      ports.nowMs += 7;
      ports.socket.handlers.message(frameText('', null, 'pong'));
      expect(status.roundTripMs).toBe(7);
      ports.advance(9_993);
    }
    expect(ports.sockets).toHaveLength(1);
    expect(actions().filter((action) => action === 'ping')).toHaveLength(21);
  });

  it('drops text that is no frame and goes on', () => {
    link.start();
    ports.socket.handlers.open();
    for (const text of ['', '{', '[]', 'null', '{"topic":"a"}']) ports.socket.handlers.message(text);
    ports.socket.handlers.message(frameText('a.b', { x: 1 }));
    expect(frames.map(({ topic }) => topic)).toEqual(['a.b']);
    expect(link.received).toBe(6);
  });

  it('does not reconnect once stopped', () => {
    link.start();
    ports.socket.handlers.open();
    link.stop();
    ports.advance(120_000);
    expect(ports.sockets).toHaveLength(1);
    expect(ports.socket.closed).toBe(true);
    expect(status.state).toBe('stopped');
  });
});
