import { createServer, connect as connectSocket, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { createRedisBus, type Bus } from '@nautilus/bus';
import { busesFor, replyTopicFor, routeOf, withAliases, type BusName, type Priority } from '@nautilus/model';
import { eventually } from '@nautilus/testkit';
import { Redis } from 'ioredis';
import { createIds, systemClock, systemDelay, systemRandom } from '../../../libs/engine/src/ambient.ts';
import { TOPICS, tradeOf, type TimedTrade } from './messages.ts';

/** One way to carry trades from a process to another. Sending resolves when the message was accepted. */
export interface Sender {
  send(seq: number, due: number, priority?: Priority): Promise<unknown>;
}
export type Take = (trade: { readonly seq: number; readonly due: number }, priority: string) => void;

export interface Target {
  readonly kind: 'bus' | 'plain' | 'socket';
  readonly bus: BusName;
  readonly port: number;
}

const PLAIN_STREAM = 'plain';
const PLAIN_GROUP = 'bench';
/** As many as the bus puts into one entry go into one pipeline. */
const PIPELINE = 50;

export function client(target: Target, engine: string): Bus {
  return createRedisBus({
    identity: { engine, instance: `${engine}:bench`, port: 1, architecture: 'triple_bus', version: 'bench' },
    ambient: { now: systemClock.now, monotonic: systemClock.monotonic, newId: createIds(systemClock.now), after: systemDelay, random: systemRandom },
    route: (topic) => routeOf(topic, 'triple_bus'),
    busesFor, withAliases, replyTopic: replyTopicFor,
    buses: [target.bus],
    servers: { [target.bus]: { host: '127.0.0.1', port: target.port } },
    universal: false,
    log: (level, text, fields) => {
      if (level !== 'info') console.error(text, fields);
    },
  });
}

/** Resolves when it is connected: what is sent before fills the buffer of a lost bus. */
export async function sender(target: Target): Promise<Sender> {
  if (target.kind === 'plain') return plainSender(target.port);
  if (target.kind === 'socket') return socketSender(target.port);
  const bus = client(target, 'marketdata');
  await eventually(() => bus.status()[0]?.connected);
  const topics = TOPICS[target.bus];
  return {
    send: (seq, due, priority) => bus.publish(topics[seq % topics.length] ?? '', tradeOf(seq, due), { provenance: 'simulated', ...(priority === undefined ? {} : { priority }) }),
  };
}

/** The control of throughput: an entry per trade in JSON, 50 XADD per pipeline. */
function plainSender(port: number): Sender {
  const redis = new Redis(port, '127.0.0.1');
  let pipeline = redis.pipeline();
  let waiting = 0;
  let written: Promise<unknown> = Promise.resolve();
  return {
    send(seq, due) {
      pipeline.xadd(PLAIN_STREAM, '*', 'd', JSON.stringify(tradeOf(seq, due), (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)));
      waiting += 1;
      if (waiting === PIPELINE) {
        written = pipeline.exec();
        pipeline = redis.pipeline();
        waiting = 0;
      }
      return written;
    },
  };
}

export async function receivePlain(port: number, take: Take): Promise<void> {
  const redis = new Redis(port, '127.0.0.1');
  const settle = new Redis(port, '127.0.0.1');
  await redis.xgroup('CREATE', PLAIN_STREAM, PLAIN_GROUP, '$', 'MKSTREAM').catch(() => undefined);
  void (async () => {
    for (;;) {
      const answer = (await redis.xreadgroup('GROUP', PLAIN_GROUP, 'c', 'COUNT', 200, 'BLOCK', 1000, 'STREAMS', PLAIN_STREAM, '>')) as [string, [string, string[]][]][] | null;
      const entries = answer?.[0]?.[1] ?? [];
      for (const [, fields] of entries) take(JSON.parse(fields[1] ?? '') as TimedTrade, 'NORMAL');
      if (entries.length > 0) void settle.xack(PLAIN_STREAM, PLAIN_GROUP, ...entries.map(([id]) => id));
    }
  })();
}

const FRAME = 16;

/** The control of latency: 16 bytes per trade over a loopback connection. */
function socketSender(port: number): Sender {
  const socket: Socket = connectSocket({ port, host: '127.0.0.1', noDelay: true });
  return {
    send(seq, due) {
      const frame = Buffer.allocUnsafe(FRAME);
      frame.writeDoubleLE(seq, 0);
      frame.writeDoubleLE(due, 8);
      socket.write(frame);
      return Promise.resolve();
    },
  };
}

/** Resolves to the port listened on. */
export async function receiveSocket(take: Take): Promise<number> {
  const server = createServer((socket) => {
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      for (; at + FRAME <= rest.length; at += FRAME) take({ seq: rest.readDoubleLE(at), due: rest.readDoubleLE(at + 8) }, 'NORMAL');
      rest = rest.subarray(at);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
