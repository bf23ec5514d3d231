import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Priority } from '@nautilus/model';
import type { Target } from './links.ts';
import type { Command, Received, Sent } from './peer.ts';

const PROGRAM = fileURLToPath(new URL('./peer.ts', import.meta.url));

export interface RunResult {
  readonly perSecond: number;
  readonly cpuMicrosPerEvent: number;
  /** Milliseconds from due to handled, sorted. */
  readonly latencies: Float64Array;
  /** Messages of other lanes handled meanwhile. */
  readonly others: number;
}

export interface Load {
  readonly count: number;
  readonly perSecond?: number;
  readonly priority?: Priority;
}

/** A producer and a consumer process over one link. */
export class Pair {
  readonly producer = fork(PROGRAM, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  readonly consumer = fork(PROGRAM, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });

  static async connected(target: Target): Promise<Pair> {
    const pair = new Pair();
    const port = await ask<number | null>(pair.consumer, { do: 'receive', target });
    await ask(pair.producer, { do: 'connect', target: target.kind === 'socket' ? { ...target, port: port ?? 0 } : target });
    return pair;
  }

  /** The consumer finds this many NORMAL messages when it begins. */
  static async withBacklog(target: Target, backlog: number): Promise<Pair> {
    const pair = new Pair();
    await ask(pair.producer, { do: 'connect', target });
    if (backlog > 0) await ask(pair.producer, { do: 'send', count: backlog });
    await ask(pair.consumer, { do: 'receive', target, beginning: true });
    return pair;
  }

  /** Throws when a message came twice or out of order; a lost one never lets it end, so it has a deadline. */
  async run(load: Load): Promise<RunResult> {
    await ask(this.consumer, { do: 'expect', count: load.count, lane: load.priority ?? 'NORMAL' });
    const received = ask<Received>(this.consumer, { do: 'result' });
    const sent = await ask<Sent>(this.producer, { do: 'send', ...load });
    const { finishedAt, duplicates, reordered, others, cpuMicros, latencies } = await received;
    if (duplicates + reordered > 0) throw new Error(`${duplicates} came twice and ${reordered} out of order, so nothing was measured`);
    return {
      perSecond: (load.count / (finishedAt - sent.startedAt)) * 1e6,
      cpuMicrosPerEvent: (cpuMicros + sent.cpuMicros) / load.count,
      latencies: Float64Array.from(latencies),
      others,
    };
  }

  end(): void {
    this.producer.kill('SIGKILL');
    this.consumer.kill('SIGKILL');
  }
}

const DEADLINE_MS = 60_000;

async function ask<T>(child: ChildProcess, command: Command): Promise<T> {
  child.send(command);
  const answer = (await once(child, 'message', { signal: AbortSignal.timeout(DEADLINE_MS) }).catch((error: unknown) => {
    throw new Error(`no answer to "${command.do}" in time: messages were lost, so nothing was measured`, { cause: error });
  })) as [T];
  return answer[0];
}
