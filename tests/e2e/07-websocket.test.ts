import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { kubectl, rolledOut, soon, upgrade } from './cluster.ts';

const REPLICAS = 2;
const CLIENTS_EACH = 3;
const MESSAGES = 500;
const SYMBOL = `E2EWS${Date.now().toString(36).toUpperCase()}`;

interface Frame {
  readonly message_type: string;
  readonly message_id: string;
  readonly topic: string | null;
}

/** A local port of one pod; a Service would send every client where it likes. */
async function forward(pod: string): Promise<{ readonly port: number; readonly process: ChildProcess }> {
  const child = spawn('kubectl', ['--namespace', 'nautilus', 'port-forward', `pod/${pod}`, ':8600'], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /127\.0\.0\.1:(\d+) ->/.exec(line)?.[1];
    if (port !== undefined) return { port: Number(port), process: child };
  }
  throw new Error(`port-forward of ${pod} ended`);
}

describe('two replicas of the WebSocket engine', () => {
  const forwards: ChildProcess[] = [];
  const clients: { readonly socket: WebSocket; readonly frames: Frame[] }[] = [];
  beforeAll(async () => {
    await upgrade(`engines.websocket.dual.replicas=${REPLICAS}`);
    await rolledOut('deployment/nautilus-websocket-engine');
    const pods = await soon(async () => {
      const names = (await kubectl('get', 'pods', '--selector', 'app.kubernetes.io/component=websocket', '--output', 'jsonpath={.items[*].metadata.name}')).split(' ');
      expect(names).toHaveLength(REPLICAS);
      return names;
    });
    for (const pod of pods) {
      const { port, process } = await forward(pod);
      forwards.push(process);
      for (let i = 0; i < CLIENTS_EACH; i += 1) {
        const frames: Frame[] = [];
        const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/market-data/${SYMBOL}`);
        socket.on('message', (data) => frames.push(JSON.parse(String(data as Buffer)) as Frame));
        clients.push({ socket, frames });
      }
    }
    await soon(() => expect(clients.every(({ frames }) => frames.some((frame) => frame.message_type === 'subscribed'))).toBe(true));
  });
  afterAll(async () => {
    for (const { socket } of clients) socket.terminate();
    for (const child of forwards) child.kill();
    await upgrade('engines.websocket.dual.replicas=1');
  });

  it('give each message to every client once, in order, whichever replica it is at', async () => {
    const data = Array.from({ length: MESSAGES }, (_, i) => ({
      symbol: SYMBOL, data_type: 'tick', source: 'e2e', provenance: 'simulated', timestamp: new Date(Date.UTC(2025, 0, 3, 15) + i).toISOString(), data: { price: 50 + (i % 9) / 100, size: 100 },
    }));
    await fetch('http://localhost:8800/data/ingest', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ data }) });
    const ids = ({ frames }: (typeof clients)[number]): string[] => frames.filter((frame) => frame.message_type === 'data' && frame.topic?.startsWith('market_data.tick.') === true).map((frame) => frame.message_id);
    await soon(() => expect(clients.map((client) => ids(client).length)).toEqual(clients.map(() => MESSAGES)));
    const [first = []] = clients.map(ids);
    expect(new Set(first).size).toBe(MESSAGES);
    for (const client of clients) expect(ids(client)).toEqual(first);
  });
});
