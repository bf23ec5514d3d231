import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { CLOSE, FanoutHub, type ClientLimits } from '@nautilus/engine';
import { topics } from '@nautilus/model';
import { WebSocketServer } from 'ws';
import { holds, type Gate, type Outcome, type Subject } from './report.ts';
import { medianRatio, perSecond, spread, times } from './statistics.ts';

const CLIENTS = 1_000;
/** The crowd: so many at once, every tenth of which does not read. */
const CROWD = 15_000;
const SLOW_EVERY = 10;
const CROWD_MESSAGES = 600;
/** Each tick brings one long message to those that do not read, to fill the kernel's buffers (megabytes on loopback). */
const LONG_BYTES = 100_000;
/** When nothing came for so long, nothing more comes. */
const QUIET_MS = 20_000;
/** What a connection may cost (engine page, "Speed"). */
const CLIENT_BYTES = 10_000;
const CROWD_LIMITS = { softBytes: 32 * 1024, hardBytes: 1024 * 1024, slowMs: 10 * 60_000 };
/** Messages per measurement, alone or ten in one tick. */
const MESSAGES = 200;
const COALESCED = 10;

/** A hub whose ticks this file turns, with its clients in another process. */
async function stage(count: number, limits: ClientLimits, slowEvery = 0): Promise<{ readonly hub: FanoutHub; readonly clients: ChildProcess; close(): void }> {
  let ids = 0;
  const hub = new FanoutHub({
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    timers: { after: () => () => undefined, every: () => () => undefined, delay: () => new Promise((resolve) => setImmediate(resolve)) },
    newId: () => `bench-${ids++}`,
    tickMs: 25, heartbeatMs: 30_000, silenceMs: 90_000,
    limits,
  });
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', (socket, request) => hub.attach(socket, request, '127.0.0.1', []));
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients = fork(fileURLToPath(new URL('websocket/clients.ts', import.meta.url)), [url, String(count), String(slowEvery), String(CROWD_MESSAGES)]);
  const [{ error }] = (await once(clients, 'message')) as [{ error?: string }];
  if (error !== undefined) throw new Error(`a client could not connect: ${error}`);
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

interface Seen {
  /** Of the clients that read: frames of all together, and how many clients got each message exactly once, in order. */
  readonly frames: number;
  readonly complete: number;
  readonly slow: readonly { readonly lastSeq: number; readonly closeCode?: number }[];
}

async function seen(clients: ChildProcess): Promise<Seen> {
  const answer = once(clients, 'message');
  clients.send('frames');
  const [what] = (await answer) as [Seen];
  return what;
}
const framesSeen = async (clients: ChildProcess): Promise<number> => (await seen(clients)).frames;
/** Asks until `done`, or until the answers stay the same for long. */
async function seenWhen(clients: ChildProcess, done: (state: Seen) => boolean, between: () => Promise<void>): Promise<Seen> {
  let state = await seen(clients);
  for (let [last, since] = ['', performance.now()]; !done(state) && performance.now() - since < QUIET_MS; state = await seen(clients)) {
    await between();
    const now = JSON.stringify(state);
    if (now !== last) [last, since] = [now, performance.now()];
  }
  return state;
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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
  const parts = await stage(CLIENTS, { softBytes: 64e6, hardBytes: 128e6, slowMs: 60_000 });
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
      ],
      gates: [{ name: 'fan-out of ten coalesced messages / one, per message', ratio, atMost: 0.2 }],
    };
  } finally {
    parts.close();
  }
}

/**
 * Every client that reads gets every message; one that does not costs no more than its limit and gets, once it reads
 * again, at least the newest value, or was closed as slow.
 */
async function measureCrowd(): Promise<Outcome> {
  const rss = (): number => process.memoryUsage().rss;
  const empty = rss();
  const { hub, clients, close } = await stage(CROWD, CROWD_LIMITS, SLOW_EVERY);
  try {
    const opened = rss();
    const filling = 'x'.repeat(LONG_BYTES);
    const started = performance.now();
    for (let sent = 0; sent < CROWD_MESSAGES; sent++) {
      hub.publish({ topic: topics.priceUpdate.of('IBM'), data: { symbol: 'IBM', price: 181.52 + sent }, messageId: `c${sent}`, timestamp: Date.now(), priority: 'NORMAL' });
      if ((sent + 1) % COALESCED !== 0) continue;
      hub.publish({ topic: topics.volumeUpdate.of('IBM'), data: { symbol: 'IBM', filling }, messageId: `v${sent}`, timestamp: Date.now(), priority: 'NORMAL' });
      await hub.flush();
    }
    const slowCount = Math.ceil(CROWD / SLOW_EVERY);
    const fast = CROWD - slowCount;
    const { complete } = await seenWhen(clients, (state) => state.frames >= fast * CROWD_MESSAGES, turn);
    const seconds = (performance.now() - started) / 1_000;
    const full = rss();
    const skipped = hub.connections().reduce((sum, client) => sum + client.skipped, 0);
    clients.send('go on');
    const isServed = ({ lastSeq, closeCode }: Seen['slow'][number]): boolean => (closeCode === undefined ? lastSeq === CROWD_MESSAGES : closeCode === CLOSE.slow);
    const { slow } = await seenWhen(clients, (state) => state.slow.every(isServed), async () => { await hub.flush(); await turn(); });
    const closed = slow.filter(({ closeCode }) => closeCode === CLOSE.slow).length;
    const perClient = (opened - empty) / CROWD;
    const bound = CROWD * CLIENT_BYTES + slowCount * (CROWD_LIMITS.softBytes + 2 * LONG_BYTES);
    const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
    const gates: Gate[] = [
      { name: `${CROWD.toLocaleString('en-US')} clients: readers that got every message once / readers`, ratio: complete / fast, atLeast: 1 },
      { name: 'slow clients that were conflated to the newest value or closed as slow / slow clients', ratio: slow.filter(isServed).length / slowCount, atLeast: 1 },
      { name: `memory per open client / ${CLIENT_BYTES / 1_000} kB`, ratio: perClient / CLIENT_BYTES, atMost: 1 },
      { name: `memory with the slow ones behind / ${CLIENT_BYTES / 1_000} kB a client, soft limit and two long messages a slow one`, ratio: (full - empty) / bound, atMost: 1 },
    ];
    const missed = gates.filter((gate) => !holds(gate));
    return {
      findings: [{
        claim: `${CROWD.toLocaleString('en-US')} WebSocket clients on one process, no errors; one in ten does not read`,
        measured: `${megabytes(opened)} RSS with all open (${megabytes(opened - empty)} more than before, ${(perClient / 1_000).toFixed(1)} kB each), ${megabytes(full)} with a tenth of them behind; ${perSecond((fast * CROWD_MESSAGES) / seconds)}`,
        ratio: '-',
        method: `${CROWD_MESSAGES} messages, ten a tick, and ${(CROWD_MESSAGES / COALESCED) * LONG_BYTES / 1e6} MB more for those that do not read: ${complete.toLocaleString('en-US')} of ${fast.toLocaleString('en-US')} readers got every one; of the others ${slow.filter(isServed).length - closed} got the newest value once they read again (${skipped.toLocaleString('en-US')} older ones skipped) and ${closed} were closed as slow; once, no control`,
        verdict: missed.length === 0 ? 'met' : 'missed',
        ...(missed.length === 0 ? {} : { reason: missed.map(({ name }) => name).join('; ') }),
      }],
      gates,
    };
  } finally {
    close();
  }
}

export const subject: Subject = {
  title: 'WebSocket fan-out',
  conditions: () => ({ Clients: `${CLIENTS} in one other process, loopback, JSON, no compression` }),
  cases: [{ name: `${CLIENTS} clients`, measure }, { name: `${CROWD} clients, one in ${SLOW_EVERY} slow`, measure: measureCrowd }],
};
