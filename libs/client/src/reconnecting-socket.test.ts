import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeLink, frameText } from './fixtures/fake-link.ts';
import type { Frame } from './frame.ts';
import { ReconnectingSocket, type LinkStatus } from './reconnecting-socket.ts';

let ports: FakeLink;
let frames: Frame[];
let status: LinkStatus;
let link: ReconnectingSocket;

beforeEach(() => {
  ports = new FakeLink();
  frames = [];
  link = new ReconnectingSocket(ports, '/ws', { frame: (frame) => frames.push(frame), status: (now) => { status = now; } });
});

/** Opens the newest connection, and lets the server say welcome. */
const open = (epoch = 'e1'): void => {
  ports.socket.handlers.open();
  ports.socket.handlers.message(frameText('', {}, 'welcome', 0, { epoch }));
};
/** All that was said but for pings. */
const said = (): unknown[] => ports.socket.sent.filter(({ action }) => action !== 'ping');
const actions = (): string[] => ports.socket.sent.map(({ action }) => action);

describe('the socket', () => {
  it('subscribes again to everything after each reconnection', () => {
    link.setTopics(['a.*', 'b.c']);
    link.start();
    open();
    ports.socket.handlers.close(1006, '');
    ports.advance(15_000);
    open();
    expect(ports.sockets).toHaveLength(2);
    expect(said()).toEqual([{ action: 'subscribe', topics: ['a.*', 'b.c'] }]);
    expect(status).toMatchObject({ state: 'open', attempt: 0, opened: 2 });
  });

  it('sends only the difference when the wanted topics change', () => {
    link.setTopics(['a', 'b']);
    link.start();
    open();
    link.setTopics(['b', 'c']);
    expect(said().slice(-2)).toEqual([
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

  describe('that comes back', () => {
    const comeBack = (epoch = 'e1'): void => {
      ports.socket.handlers.close(1006, '');
      ports.advance(15_000);
      open(epoch);
    };
    beforeEach(() => {
      link.setTopics(['a.*', 'b.c']);
      link.start();
      open();
      ports.socket.handlers.message(frameText('', { topics: ['a.*', 'b.c'], seqs: { 'a.x': 4, 'b.c': 9 } }, 'subscribed', 0, { epoch: 'e1' }));
    });

    it('says how far it was in each topic', () => {
      ports.socket.handlers.message(frameText('a.x', {}, 'data', 5));
      ports.socket.handlers.message(frameText('a.y', {}, 'data', 1));
      comeBack();
      expect(said()).toEqual([{ action: 'subscribe', topics: ['a.*', 'b.c'], epoch: 'e1', seqs: { 'a.x': 5, 'a.y': 1, 'b.c': 9 }, id: 'resume' }]);
    });

    it('asks again for what a connection lost before it came', () => {
      comeBack();
      ports.socket.handlers.message(frameText('', { topics: ['a.*', 'b.c'], seqs: { 'a.x': 7, 'a.z': 3, 'b.c': 9 } }, 'subscribed', 0, { epoch: 'e1', id: 'resume' }));
      ports.socket.handlers.message(frameText('a.x', {}, 'data', 5));
      comeBack();
      expect(said()).toMatchObject([{ seqs: { 'a.x': 5, 'b.c': 9 } }]);
      expect(said()).not.toMatchObject([{ seqs: { 'a.z': 3 } }]);
    });

    it('begins anew at another replica, and tells of each topic that messages may be missing', () => {
      comeBack('e2');
      expect(frames.filter(({ messageType }) => messageType === 'gap').map(({ topic }) => topic)).toEqual(['a.x', 'b.c']);
      expect(said()).toEqual([{ action: 'subscribe', topics: ['a.*', 'b.c'] }]);
      ports.socket.handlers.message(frameText('', { topics: ['a.*', 'b.c'], seqs: { 'a.x': 2 } }, 'subscribed', 0, { epoch: 'e2' }));
      comeBack('e2');
      expect(said()).toMatchObject([{ epoch: 'e2', seqs: { 'a.x': 2 } }]);
    });

    it('begins with a pattern that was not confirmed yet where it stands then', () => {
      link.setTopics(['a.*', 'd.*']);
      comeBack();
      expect(said()).toEqual([
        { action: 'subscribe', topics: ['a.*'], epoch: 'e1', seqs: { 'a.x': 4 }, id: 'resume' },
        { action: 'subscribe', topics: ['d.*'] },
      ]);
    });

    it('leaves out the topics that were silent for longest when they are too many', () => {
      for (let n = 0; n < 3_000; n++) ports.socket.handlers.message(frameText(`a.${'n'.repeat(20)}${n}`, {}, 'data', 1));
      comeBack();
      const [resumed] = said() as { readonly seqs: Record<string, number> }[];
      expect(JSON.stringify(resumed).length).toBeLessThan(64 * 1024);
      expect(Object.keys(resumed!.seqs)).toContain(`a.${'n'.repeat(20)}2999`);
      expect(Object.keys(resumed!.seqs)).not.toContain('a.x');
    });
  });

  it('takes the last state alone where it is told to', () => {
    link = new ReconnectingSocket(ports, '/ws', { frame: () => undefined, status: () => undefined }, { resume: false });
    link.setTopics(['a']);
    link.start();
    ports.socket.handlers.open();
    ports.socket.handlers.message(frameText('', {}, 'welcome', 0, { epoch: 'e1' }));
    ports.socket.handlers.close(1006, '');
    ports.advance(15_000);
    ports.socket.handlers.open();
    expect(said()).toEqual([{ action: 'subscribe', topics: ['a'] }]);
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
