import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Priority } from '@nautilus/model';
import { client, receivePlain, receiveSocket, sender, type Sender, type Take, type Target } from './links.ts';
import { nowMicros, PATTERNS, Tally } from './messages.ts';

/** A process of the benchmark, commanded over IPC; it answers each command with one message. */
export type Command =
  | { readonly do: 'receive'; readonly target: Target; readonly beginning?: boolean }
  /** Prepares a tally; answered at once. */
  | { readonly do: 'expect'; readonly count: number; readonly lane?: Priority }
  /** Answered when all are there. */
  | { readonly do: 'result' }
  | { readonly do: 'connect'; readonly target: Target }
  | { readonly do: 'send'; readonly count: number; readonly perSecond?: number; readonly priority?: Priority };

export interface Received {
  readonly finishedAt: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** Messages of other lanes handled meanwhile. */
  readonly others: number;
  readonly cpuMicros: number;
  /** Milliseconds from due to handled, sorted. */
  readonly latencies: readonly number[];
}
export interface Sent {
  readonly startedAt: number;
  readonly cpuMicros: number;
}

/** Messages sent and not yet accepted. */
const IN_FLIGHT = 5_000;
const pause = new Int32Array(new SharedArrayBuffer(4));

let tally = new Tally(0);
let lane: string = 'NORMAL';
let others = 0;
let cpu = process.cpuUsage();
let allThere: (received: Received) => void = () => undefined;
let result: Promise<Received>;
let out: Sender;

const spent = (): number => {
  const { user, system } = process.cpuUsage(cpu);
  return user + system;
};

const take: Take = (trade, priority) => {
  if (priority !== lane) others += 1;
  else if (tally.add(trade.seq, trade.due)) finish();
};

function finish(): void {
  const { finishedAt, duplicates, reordered } = tally;
  allThere({ finishedAt, duplicates, reordered, others, cpuMicros: spent(), latencies: [...tally.latencies()] });
}

async function receive(target: Target, from: 'new' | 'beginning'): Promise<unknown> {
  if (target.kind === 'socket') return receiveSocket(take);
  if (target.kind === 'plain') return receivePlain(target.port, take);
  await client(target, 'vpin').consume({
    group: `bench-${process.pid}`, patterns: [PATTERNS[target.bus]], from,
    handler: (message) => take(message.payload as { seq: number; due: number }, message.priority),
  });
  return undefined;
}

async function sendAll(count: number, priority: Priority | undefined): Promise<void> {
  const waiting: Promise<unknown>[] = [];
  for (let seq = 0; seq < count; seq += 1) {
    waiting.push(out.send(seq, 0, priority));
    if (seq % 500 !== 499) continue;
    // The flushes need turns of the loop; what was sent 5,000 before must be accepted.
    if (waiting.length >= IN_FLIGHT) await Promise.all(waiting.splice(0, 500));
    else await nextTurn();
  }
  await Promise.all(waiting);
}

/** Open loop: a message is stamped with the time it was due, however late it leaves. */
async function sendPaced(count: number, perSecond: number, priority: Priority | undefined): Promise<void> {
  const started = nowMicros() + 1_000;
  const gap = 1e6 / perSecond;
  const waiting: Promise<unknown>[] = [];
  for (let seq = 0; seq < count; ) {
    const now = nowMicros();
    for (; seq < count && started + seq * gap <= now; seq += 1) waiting.push(out.send(seq, started + seq * gap, priority));
    const idle = started + seq * gap - nowMicros();
    // A nap of at most 50 µs leaves the cores to the others without making the clock coarse.
    if (idle > 20) Atomics.wait(pause, 0, 0, Math.min(idle, 50) / 1000);
    await nextTurn();
  }
  await Promise.all(waiting);
}

async function obey(command: Command): Promise<unknown> {
  switch (command.do) {
    case 'receive':
      return receive(command.target, command.beginning === true ? 'beginning' : 'new');
    case 'connect':
      out = await sender(command.target);
      return undefined;
    case 'expect':
      tally = new Tally(command.count);
      lane = command.lane ?? 'NORMAL';
      others = 0;
      cpu = process.cpuUsage();
      result = new Promise((resolve) => (allThere = resolve));
      return undefined;
    case 'result':
      return result;
    case 'send': {
      cpu = process.cpuUsage();
      const startedAt = nowMicros();
      if (command.perSecond === undefined) await sendAll(command.count, command.priority);
      else await sendPaced(command.count, command.perSecond, command.priority);
      return { startedAt, cpuMicros: spent() } satisfies Sent;
    }
  }
}

process.on('message', (command: Command) => void obey(command).then((answer) => process.send?.(answer ?? null)));
