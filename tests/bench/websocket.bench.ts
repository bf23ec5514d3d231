import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { FanoutHub } from '@nautilus/engine';
import { topics } from '@nautilus/model';
import { WebSocketServer } from 'ws';
import type { Outcome, Subject } from './report.ts';
import { medianRatio, perSecond, spread, times } from './statistics.ts';

const CLIENTS = 1_000;
/** Messages per measurement, alone or ten in one tick. */
const MESSAGES = 200;
const COALESCED = 10;

/** A hub whose ticks this file turns, with its clients in another process. */
async function stage(): Promise<{ readonly hub: FanoutHub; readonly clients: ChildProcess; close(): void }> {
  let ids = 0;
  const hub = new FanoutHub({
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    timers: { after: () => () => undefined, every: () => () => undefined, delay: () => new Promise((resolve) => setImmediate(resolve)) },
    newId: () => `bench-${ids++}`,
    tickMs: 25, heartbeatMs: 30_000, silenceMs: 90_000,
    limits: { softBytes: 64e6, hardBytes: 128e6, slowMs: 60_000 },
  });
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', (socket, request) => hub.attach(socket, request, '127.0.0.1', []));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients = fork(fileURLToPath(new URL('websocket/clients.ts', import.meta.url)), [url, String(CLIENTS)]);
  await once(clients, 'message');
  return {
    hub,
    clients,
    close: () => {
      clients.kill();
      sockets.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function framesSeen(clients: ChildProcess): Promise<number> {
  const answer = once(clients, 'message');
  clients.send('frames');
  const [{ frames }] = (await answer) as [{ frames: number }];
  return frames;
}

/** CPU time of the sending process per message and client, in microseconds, until every client has every frame. */
async function send({ hub, clients }: Awaited<ReturnType<typeof stage>>, perTick: number): Promise<{ readonly cpuMicros: number; readonly perSecond: number }> {
  const before = await framesSeen(clients);
  const cpu = process.cpuUsage();
  const started = performance.now();
  for (let sent = 0; sent < MESSAGES; sent++) {
    hub.publish({ topic: topics.priceUpdate.of('IBM'), data: { symbol: 'IBM', price: 181.52 + sent }, messageId: `m${sent}`, timestamp: Date.now(), priority: 'NORMAL' });
    if ((sent + 1) % perTick === 0) await hub.flush();
  }
  const used = process.cpuUsage(cpu);
  while ((await framesSeen(clients)) - before < MESSAGES * CLIENTS) await new Promise((resolve) => setImmediate(resolve));
  const frames = MESSAGES * CLIENTS;
  return { cpuMicros: (used.user + used.system) / frames, perSecond: (frames / (performance.now() - started)) * 1000 };
}

async function measure(runs: number): Promise<Outcome> {
  const parts = await stage();
  try {
    await send(parts, 1);
    const single: { cpuMicros: number; perSecond: number }[] = [];
    const coalesced: typeof single = [];
    for (let run = 0; run < runs; run++) {
      single.push(await send(parts, 1));
      coalesced.push(await send(parts, COALESCED));
    }
    const ratio = medianRatio(coalesced.map((r) => r.cpuMicros), single.map((r) => r.cpuMicros));
    const micros = (value: number): string => `${value.toFixed(2)} µs`;
    return {
      findings: [
        {
          claim: `Fan-out to ${CLIENTS.toLocaleString('en-US')} clients of one process, ten messages per write (no goal set)`,
          measured: `${spread(coalesced.map((r) => r.perSecond), perSecond)}; CPU of the sender ${spread(coalesced.map((r) => r.cpuMicros), micros)} per message and client`,
          ratio: times(ratio),
          method: `until every client has every frame, none lost; control: one message per write, ${spread(single.map((r) => r.cpuMicros), micros)}`,
          verdict: 'met',
        },
        {
          claim: '15,000 WebSocket clients on one process, no errors',
          measured: `${CLIENTS.toLocaleString('en-US')} clients, no errors`,
          ratio: '-',
          method: 'clients in one process of the same machine',
          verdict: 'missed',
          reason: 'only so many were tried: clients and server share two cores',
        },
      ],
      gates: [{ name: 'fan-out of ten coalesced messages / one, per message', ratio, atMost: 0.2 }],
    };
  } finally {
    parts.close();
  }
}

export const subject: Subject = {
  title: 'WebSocket fan-out',
  conditions: () => ({ Clients: `${CLIENTS} in one other process, loopback, JSON, no compression` }),
  cases: [{ name: `${CLIENTS} clients`, measure }],
};
