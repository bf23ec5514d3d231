import { startRedis } from '@nautilus/testkit';
import type { BusName } from '@nautilus/model';
import type { Target } from './bus/links.ts';
import { Pair, type Load, type RunResult } from './bus/pair.ts';
import type { Case, Finding, Outcome, Subject } from './report.ts';
import { median, medianRatio, milliseconds, perSecond, quantile, spread, times } from './statistics.ts';

const EVENTS = 100_000;
const PLAIN_EVENTS = 30_000;
const LATENCY_SECONDS = 1.5;
const BACKLOG = 100_000;
const ALERTS = 100;
const ALERTS_PER_SECOND = 500;
const BUSES: readonly BusName[] = ['marketdata', 'engine_logic', 'neural_gpu'];

type Server = Awaited<ReturnType<typeof startRedis>>;
let started: Promise<readonly Server[]> | undefined;
let version = 'unknown';

/** One per bus, persistent as deployed: AOF everysec on the first two, none on Neural-GPU. */
function servers(): Promise<readonly Server[]> {
  return (started ??= Promise.all(
    BUSES.map(async (bus) => {
      const redis = await startRedis({ appendonly: bus !== 'neural_gpu' });
      if (bus !== 'neural_gpu') await redis.cli('CONFIG', 'SET', 'appendfsync', 'everysec');
      version = /redis_version:(\S+)/.exec(await redis.cli('INFO', 'server'))?.[1] ?? version;
      return redis;
    }),
  ));
}

async function targets(kind: Target['kind']): Promise<readonly Target[]> {
  return (await servers()).map(({ port }, i) => ({ kind, bus: BUSES[i] ?? 'marketdata', port }));
}

async function first(kind: Target['kind']): Promise<Target> {
  const [target] = await targets(kind);
  if (target === undefined) throw new Error('no server');
  return target;
}

/** Runs measured and control in turn, after one run each that is not kept. */
async function inTurn(runs: number, measured: () => Promise<RunResult>, control: () => Promise<RunResult>): Promise<{ measured: RunResult[]; control: RunResult[] }> {
  const kept: { measured: RunResult[]; control: RunResult[] } = { measured: [], control: [] };
  for (let run = 0; run <= runs; run += 1) {
    const pair = [await measured(), await control()] as const;
    if (run === 0) continue;
    kept.measured.push(pair[0]);
    kept.control.push(pair[1]);
  }
  return kept;
}

const rates = (runs: readonly RunResult[]): number[] => runs.map((run) => run.perSecond);
const at = (runs: readonly RunResult[], q: number): number[] => runs.map((run) => quantile(run.latencies, q));
const cpu = (runs: readonly RunResult[]): string => `CPU ${median(runs.map((run) => run.cpuMicrosPerEvent)).toFixed(1)} µs per event, both processes`;
const verdict = (met: boolean, reason: string): Pick<Finding, 'verdict' | 'reason'> => (met ? { verdict: 'met' } : { verdict: 'missed', reason });

async function throughput(runs: number): Promise<Outcome> {
  const bus = await Pair.connected(await first('bus'));
  const plain = await Pair.connected(await first('plain'));
  try {
    const { measured, control } = await inTurn(runs, () => bus.run({ count: EVENTS }), () => plain.run({ count: PLAIN_EVENTS }));
    const ratio = medianRatio(rates(measured), rates(control));
    const rate = median(rates(measured));
    const base = {
      measured: `${spread(rates(measured), perSecond)}; ${cpu(measured)}`,
      ratio: times(ratio),
      method: `one producer and one consumer process, trades, general codec, sent → handled; control: JSON, an entry per trade, 50 XADD per pipeline, ${spread(rates(control), perSecond)}`,
    };
    return {
      findings: [
        { claim: 'One bus end to end ≥ 200,000 events/s', ...base, ...verdict(rate >= 200_000, 'producer, consumer and server share the cores; making ids, envelopes and promises costs as much as the codec') },
        { claim: 'A bus or engine 10,000 msg/s', ...base, ...verdict(rate >= 10_000, 'see above') },
      ],
      gates: [{ name: 'batched / plain pipelined throughput', ratio, atLeast: 4 }],
    };
  } finally {
    bus.end();
    plain.end();
  }
}

/** All pairs at once; the rates are added. */
async function together(pairs: readonly Pair[], load: Load): Promise<RunResult> {
  const results = await Promise.all(pairs.map((pair) => pair.run(load)));
  return {
    perSecond: results.reduce((sum, run) => sum + run.perSecond, 0),
    cpuMicrosPerEvent: results.reduce((sum, run) => sum + run.cpuMicrosPerEvent, 0) / results.length,
    latencies: new Float64Array(),
    others: 0,
  };
}

async function threeBuses(runs: number): Promise<Outcome> {
  const batched = await Promise.all((await targets('bus')).map((target) => Pair.connected(target)));
  const unbatched = await Promise.all((await targets('plain')).map((target) => Pair.connected(target)));
  try {
    const { measured, control } = await inTurn(runs, () => together(batched, { count: EVENTS / 2 }), () => together(unbatched, { count: PLAIN_EVENTS / 2 }));
    const ratio = medianRatio(rates(measured), rates(control));
    const method = 'three producers, three consumers, three servers at once, sent → handled';
    return {
      findings: [
        { claim: 'Three buses at once ≥ 73,986 msg/s, batched', measured: `${spread(rates(measured), perSecond)}; ${cpu(measured)}`, ratio: times(ratio), method: `${method}; control: unbatched`, ...verdict(median(rates(measured)) >= 73_986, 'nine processes share the cores') },
        { claim: 'Three buses at once ≥ 73,986 msg/s, unbatched', measured: `${spread(rates(control), perSecond)}; ${cpu(control)}`, ratio: '-', method: `${method}; an entry per message`, ...verdict(median(rates(control)) >= 73_986, 'nine processes share the cores') },
        { claim: 'Batched ≥ 5 × unbatched on three buses', measured: times(ratio), ratio: times(ratio), method, ...verdict(ratio >= 5, 'each message still costs an id, an envelope and a promise, which batching cannot share') },
      ],
      gates: [],
    };
  } finally {
    for (const pair of [...batched, ...unbatched]) pair.end();
  }
}

async function latency(runs: number): Promise<Outcome> {
  const bus = await Pair.connected(await first('bus'));
  const socket = await Pair.connected({ kind: 'socket', bus: 'marketdata', port: 0 });
  try {
    const findings: Finding[] = [];
    let gate = NaN;
    for (const load of [1_000, 5_000, 20_000]) {
      const paced = { count: load * LATENCY_SECONDS, perSecond: load };
      const { measured, control } = await inTurn(runs, () => bus.run(paced), () => socket.run(paced));
      const [p50, p99] = [median(at(measured, 0.5)), median(at(measured, 0.99))];
      gate = medianRatio(at(measured, 0.5), at(control, 0.5));
      const quantiles = (of: readonly RunResult[]): string => `p50 ${spread(at(of, 0.5), milliseconds)}, p99 ${spread(at(of, 0.99), milliseconds)}, p99.9 ${spread(at(of, 0.999), milliseconds)}`;
      const crowded = 'producer, consumer, server and fsync share the cores';
      findings.push({
        claim: load === 20_000 ? 'Latency at 20,000/s: p50 ≤ 0.3 ms, p99 ≤ 2 ms' : `Bus latency 1–5 ms, at ${load.toLocaleString('en-US')}/s`,
        measured: `${quantiles(measured)}; ${cpu(measured)}`,
        ratio: times(gate),
        method: `open loop, stamped when due, due → handled; control: a pair of sockets, ${quantiles(control)}`,
        ...verdict(load === 20_000 ? p50 <= 0.3 && p99 <= 2 : p99 <= 5, crowded),
      });
    }
    return { findings, gates: [{ name: 'bus p50 at 20k/s / socket-pair p50', ratio: gate, atMost: 12 }] };
  } finally {
    bus.end();
    socket.end();
  }
}

async function alerts(backlog: number): Promise<RunResult> {
  const target = await first('bus');
  const [redis] = await servers();
  await redis?.cli('FLUSHALL');
  const pair = await Pair.withBacklog(target, backlog);
  try {
    return await pair.run({ count: ALERTS, perSecond: ALERTS_PER_SECOND, priority: 'FLASH_CRASH' });
  } finally {
    pair.end();
  }
}

async function flashCrash(runs: number): Promise<Outcome> {
  const { measured, control } = await inTurn(runs, () => alerts(BACKLOG), () => alerts(0));
  const emptied = measured.filter((run) => run.others >= BACKLOG).length;
  if (emptied === measured.length) throw new Error('the backlog was gone before the last alert, so nothing was measured');
  const [behind, free] = [at(measured, 0.99), at(control, 0.99)];
  const ratio = median(behind) / median(free);
  return {
    findings: [{
      claim: `FLASH_CRASH behind ${BACKLOG.toLocaleString('en-US')} NORMAL: p99 ≤ 5 ms`,
      measured: `p50 ${spread(at(measured, 0.5), milliseconds)}, p99 ${spread(behind, milliseconds)}`,
      ratio: times(ratio),
      method: `${ALERTS} alerts at ${ALERTS_PER_SECOND}/s while the consumer works off the backlog, due → handled; control: no backlog, p99 ${spread(free, milliseconds)}`,
      ...verdict(median(behind) <= 5, 'producer, consumer and server share the cores, and the consumer is a fresh process in each run; judge by the ratio'),
    }],
    gates: [{ name: 'FLASH_CRASH p99 with backlog / without', ratio, atMost: 10 }],
  };
}

const cases: readonly Case[] = [
  { name: 'throughput of one bus', measure: throughput },
  { name: 'three buses at once', measure: threeBuses },
  { name: 'latency', measure: latency },
  { name: 'FLASH_CRASH behind a backlog', measure: flashCrash },
];

export const subject: Subject = {
  title: 'Message bus',
  conditions: () => ({ Redis: `${version}, AOF everysec on Market Data and Engine Logic, none on Neural-GPU; loopback` }),
  cases,
  close: async () => {
    for (const redis of (await started) ?? []) await redis.stop();
    started = undefined;
  },
};
