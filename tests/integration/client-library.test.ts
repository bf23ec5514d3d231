import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WebSocketServer, type WebSocket } from 'ws';
import { platformPorts, ReconnectingSocket } from '@nautilus/client';
import { FanoutHub } from '@nautilus/engine';
import { eventually } from '@nautilus/testkit';
import { followAlerts } from './fixtures/follow-alerts.ts';

const TOPICS = ['risk.alert.A', 'risk.alert.B', 'toxicity.alert.A', 'flash_crash.alert.A'];

describe('the client library', () => {
  let hub: FanoutHub;
  let address: string;
  let open: Set<WebSocket>;
  let close: () => void;
  let ids = 0;

  const newHub = (): FanoutHub => new FanoutHub({
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    timers: { after: () => () => undefined, every: () => () => undefined, delay: () => new Promise((resolve) => setImmediate(resolve)) },
    newId: () => `id-${ids++}`, tickMs: 25, heartbeatMs: 30_000, silenceMs: 90_000, limits: { softBytes: 1e6, hardBytes: 2e6, slowMs: 60_000 },
  });
  const publish = (topic: string, n: number): void => hub.publish({ topic, data: { n }, messageId: `m-${n}`, timestamp: Date.now(), priority: 'NORMAL' });
  /** As a line that breaks: no closing handshake, and what is under way is lost. */
  const cut = (): void => { for (const socket of open) socket.terminate(); };
  /** Reconnects at once; everything else is the platform's. */
  const hasty = { ...platformPorts(), after: (_ms: number, run: () => void) => { const timer = setImmediate(run); return () => clearImmediate(timer); } };

  beforeEach(async () => {
    hub = newHub();
    open = new Set();
    const server = createServer();
    const sockets = new WebSocketServer({ server, perMessageDeflate: false });
    sockets.on('connection', (socket, request) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
      hub.attach(socket, request, '127.0.0.1', []);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    close = () => {
      cut();
      server.close();
    };
  });
  afterEach(() => close());

  it('runs the example of its page: every alert once, those of an outage too, and a word when the replica is another', async () => {
    expect(readFileSync(new URL('../../libs/client/README.md', import.meta.url), 'utf8')).toContain(readFileSync(new URL('fixtures/follow-alerts.ts', import.meta.url), 'utf8'));
    const [alerts, losses]: [unknown[], string[]] = [[], []];
    const stop = followAlerts(address, (topic, alert) => alerts.push([topic, alert]), (topic) => losses.push(topic));
    try {
      await eventually(() => expect(hub.recipients('risk.alert.A')).toBe(1));
      publish('risk.alert.A', 1);
      await hub.flush();
      await eventually(() => expect(alerts).toHaveLength(1));
      cut();
      await eventually(() => expect(hub.size).toBe(0));
      for (const [topic, n] of [['risk.alert.A', 2], ['toxicity.alert.A', 3]] as const) publish(topic, n);
      await eventually(() => expect(alerts).toEqual([['risk.alert.A', { n: 1 }], ['risk.alert.A', { n: 2 }], ['toxicity.alert.A', { n: 3 }]]));
      expect(losses).toEqual([]);
      hub = newHub();
      publish('risk.alert.A', 4);
      cut();
      await eventually(() => expect(losses.sort()).toEqual(['risk.alert.A', 'toxicity.alert.A']));
    } finally {
      stop();
    }
  });

  it('loses no event and gives none twice, whenever its connection breaks', async () => {
    const step = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...TOPICS) }, { weight: 2, arbitrary: fc.constant('flush') }, { weight: 1, arbitrary: fc.constant('cut') }, { weight: 1, arbitrary: fc.constant('wait') });
    let n = 0;
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const sent = new Map<string, number[]>(TOPICS.map((topic) => [topic, []]));
      const got = new Map<string, number[]>(TOPICS.map((topic) => [topic, []]));
      const socket = new ReconnectingSocket(hasty, address, {
        frame: ({ topic, data }) => void got.get(topic)?.push((data as { readonly n: number }).n),
        status: () => undefined,
      });
      socket.setTopics(['risk.alert.*', 'toxicity.alert.A', 'flash_crash.*']);
      socket.start();
      try {
        await eventually(() => expect(hub.recipients('risk.alert.A')).toBe(1));
        for (const one of [...steps, ...TOPICS, 'flush']) {
          if (one === 'flush') await hub.flush();
          else if (one === 'cut') cut();
          else if (one === 'wait') await new Promise((resolve) => setImmediate(resolve));
          else {
            sent.get(one)?.push(++n);
            publish(one, n);
          }
        }
        await eventually(async () => {
          await hub.flush();
          expect(got).toEqual(sent);
        });
      } finally {
        socket.stop();
        await eventually(() => expect(hub.size).toBe(0));
      }
    }), { numRuns: 20 });
  }, 180_000);
});
