import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { Trade } from '@nautilus/model';
import { eventually } from '@nautilus/testkit';
import { startPlatform, type EngineName, type EngineProcess, type Platform } from './replay/engines.ts';
import { entriesOf, jsonOf, LANE, RANGE, recordedTrades, SYMBOLS, write } from './replay/load.ts';
import type { PlainResult } from './replay/plain.ts';
import { watchTicks } from './replay/watch.ts';
import type { Case, Outcome, Subject } from './report.ts';
import { median, medianRatio, milliseconds, perSecond, spread, times } from './statistics.ts';

const PLAIN_STREAM = 'plain-replay';
const GOAL = 50_000;
const DEADLINE = { deadlineMs: 300_000, intervalMs: 50 };
const CORE = 'one core';

interface Run {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

let versions = { redis: 'unknown', database: 'unknown' };

/** Trades that vpin took, by what became of them; anything but `accepted` or a wrong sum voids the run. */
async function checkTaken(vpin: EngineProcess, expected: number): Promise<void> {
  const { items } = (await vpin.get('/vpin/active')) as { items: readonly { trades: Readonly<Record<string, number>> }[] };
  const accepted = items.reduce((sum, { trades }) => sum + (trades['accepted'] ?? 0), 0);
  if (accepted !== expected) throw new Error(`void: vpin took ${accepted} of ${expected} trades: ${JSON.stringify(items.map(({ trades }) => trades))}`);
}

/** Resolves when the group has read and settled all that is in the lane. */
async function workedOff(redis: Redis, group: string): Promise<void> {
  await eventually(async () => {
    const groups = (await redis.xinfo('GROUPS', LANE)) as readonly (readonly unknown[])[];
    const own = groups.map((flat) => new Map(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]))).find((info) => info.get('name') === group);
    return own?.get('lag') === 0 && own.get('pending') === 0;
  }, { ...DEADLINE, intervalMs: 10, describe: `${group} to work off its backlog` });
}

async function engineRun(redis: Redis, vpin: EngineProcess, trades: readonly Trade[], run: number): Promise<Run> {
  const entries = entriesOf(trades, `run-${run}`);
  const cpu = await vpin.cpuMicros();
  const started = performance.now();
  await write(redis, LANE, entries);
  await workedOff(redis, 'vpin');
  const elapsed = performance.now() - started;
  const used = (await vpin.cpuMicros()) - cpu;
  await checkTaken(vpin, trades.length);
  return { perSecond: (trades.length / elapsed) * 1_000, perCpuSecond: (trades.length / used) * 1e6 };
}

async function plainRun(redis: Redis, plain: ChildProcess, trades: readonly Trade[], run: number): Promise<Run> {
  const entries = jsonOf(trades, `run-${run}`);
  plain.send(trades.length);
  await once(plain, 'message');
  const result = once(plain, 'message');
  const started = performance.now();
  await write(redis, PLAIN_STREAM, entries);
  const [{ cpuMicros, buckets }] = (await result) as [PlainResult];
  const elapsed = performance.now() - started;
  if (buckets === 0) throw new Error('void: the control closed no bucket');
  return { perSecond: (trades.length / elapsed) * 1_000, perCpuSecond: (trades.length / cpuMicros) * 1e6 };
}

async function plainReader(redisPort: number): Promise<ChildProcess> {
  const plain = fork(fileURLToPath(new URL('replay/plain.ts', import.meta.url)), [String(redisPort), PLAIN_STREAM]);
  await once(plain, 'message');
  return plain;
}

async function openPlatform(names?: readonly EngineName[]): Promise<Platform> {
  const platform = await startPlatform(names);
  versions = { redis: platform.redisVersion, database: platform.databaseVersion };
  return platform;
}

/** The engine as it runs, behind a backlog of two days: what one core of it takes. */
async function vpinAlone(runs: number): Promise<Outcome> {
  const trades = await recordedTrades();
  const platform = await openPlatform(['vpin']);
  const redis = new Redis(platform.marketDataPort, '127.0.0.1');
  const plain = await plainReader(platform.marketDataPort);
  try {
    const engine: Run[] = [];
    const control: Run[] = [];
    for (let run = 0; run <= runs; run += 1) {
      const pair = [await engineRun(redis, platform.engines.vpin, trades, run), await plainRun(redis, plain, trades, run)] as const;
      if (run === 0) continue;
      engine.push(pair[0]);
      control.push(pair[1]);
    }
    const [rates, plainRates] = [engine, control].map((all) => all.map((run) => run.perCpuSecond)) as [number[], number[]];
    const ratio = medianRatio(rates, plainRates);
    const isMet = median(rates) >= GOAL;
    return {
      findings: [{
        claim: `Trades through vpin on ${CORE} ≥ ${GOAL.toLocaleString('en-US')}/s`,
        measured: `${spread(rates, perSecond)} of CPU time of the process; ${spread(engine.map((run) => run.perSecond), perSecond)} of wall time`,
        ratio: times(ratio),
        method: `${trades.length.toLocaleString('en-US')} trades of ${SYMBOLS.join(' and ')} on two days, as entries of the bus; the engine as a process, written → handled, buckets published and stored, none lost; control: JSON, an entry per trade, and the same VPIN in a bare process, ${spread(plainRates, perSecond)} of CPU time`,
        verdict: isMet ? 'met' : 'missed',
        ...(isMet ? {} : { reason: 'judge by the ratio' }),
      }],
      // The engine also publishes, stores and saves, and answers for what it took; the control does none of it.
      gates: [{ name: 'vpin engine / plain process, trades per CPU second', ratio, atLeast: 0.4 }],
    };
  } finally {
    plain.kill();
    redis.disconnect();
    await platform.stop();
  }
}

interface ChainRun extends Run {
  readonly cpuPerTrade: Readonly<Record<string, number>>;
  readonly p50: Readonly<Record<string, number>>;
  readonly p99: Readonly<Record<string, number>>;
}

const CHAIN: readonly EngineName[] = ['marketdata', 'features', 'vpin', 'websocket'];

async function chainRun(platform: Platform, redis: Redis, expected: ReadonlyMap<string, readonly number[]>): Promise<ChainRun> {
  const { marketdata, vpin, websocket } = platform.engines;
  const total = [...expected.values()].reduce((sum, seqs) => sum + seqs.length, 0);
  const ticks = await watchTicks(websocket.url, SYMBOLS);
  const perEngine = async <T>(read: (engine: EngineProcess) => Promise<T>): Promise<Record<string, T>> =>
    Object.fromEntries(await Promise.all(CHAIN.map(async (name) => [name, await read(platform.engines[name])] as const)));
  const [cpu, latency] = [await perEngine((engine) => engine.cpuMicros()), await perEngine(handled)];
  const begun = performance.now();
  await marketdata.post('/replay', { ...RANGE, symbols: SYMBOLS, speed: 0, loop: false, state: 'playing' });
  await eventually(() => ticks.count >= total, { ...DEADLINE, describe: 'all trades at the socket' });
  await eventually(async () => ((await marketdata.get('/replay')) as { state: string }).state === 'finished', DEADLINE);
  await Promise.all(['vpin', 'features'].map((group) => workedOff(redis, group)));
  const elapsed = performance.now() - begun;
  const [cpuAfter, latencyAfter] = [await perEngine((engine) => engine.cpuMicros()), await perEngine(handled)];
  await checkTaken(vpin, total);
  ticks.close();
  for (const [symbol, seqs] of expected) {
    const seen = ticks.seqs(symbol);
    if (seen.length !== seqs.length || seqs.some((seq, i) => seen[i] !== seq)) throw new Error(`void: ${symbol} was lost or reordered on its way to the socket`);
  }
  const used = Object.fromEntries(CHAIN.map((name) => [name, (cpuAfter[name] ?? NaN) - (cpu[name] ?? NaN)]));
  const quantiles = (q: number): Record<string, number> => Object.fromEntries(['features', 'vpin', 'websocket'].map((name) => [name, quantileOf(latency[name] ?? new Map(), latencyAfter[name] ?? new Map(), q)]));
  return {
    perSecond: (total / elapsed) * 1_000,
    perCpuSecond: (total / Object.values(used).reduce((sum, micros) => sum + micros, 0)) * 1e6,
    cpuPerTrade: Object.fromEntries(CHAIN.map((name) => [name, (used[name] ?? NaN) / total])),
    p50: quantiles(0.5),
    p99: quantiles(0.99),
  };
}

/** Cumulative counts of the latency from publication to handled on the market data bus, by upper bound in seconds. */
async function handled(engine: EngineProcess): Promise<ReadonlyMap<number, number>> {
  const samples = await engine.metric('nautilus_bus_handled_latency_seconds_bucket');
  return new Map([...samples].filter(([labels]) => labels.includes('bus="marketdata"')).map(([labels, count]) => [Number(/le="([^"]+)"/.exec(labels)?.[1]?.replace('+Inf', 'Infinity')), count]));
}

/** Upper bound, in milliseconds, of the bucket in which the quantile of what came between lies. */
function quantileOf(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>, q: number): number {
  const counts = [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const).sort(([a], [b]) => a - b);
  const total = counts.at(-1)?.[1] ?? 0;
  return (counts.find(([, count]) => count >= q * total)?.[0] ?? NaN) * 1_000;
}

/** The whole way: recording, marketdata, Redis, features, vpin and a client of websocket, at the speed at which the buses take it. */
async function chain(runs: number): Promise<Outcome> {
  const trades = await recordedTrades();
  const expected = new Map(SYMBOLS.map((symbol) => [symbol, trades.filter((trade) => trade.symbol === symbol).map(({ seq }) => seq)]));
  const platform = await openPlatform();
  const redis = new Redis(platform.marketDataPort, '127.0.0.1');
  const plain = await plainReader(platform.marketDataPort);
  try {
    const measured: ChainRun[] = [];
    const control: Run[] = [];
    for (let run = 0; run <= runs; run += 1) {
      const pair = [await chainRun(platform, redis, expected), await plainRun(redis, plain, trades, run)] as const;
      if (run === 0) continue;
      measured.push(pair[0]);
      control.push(pair[1]);
    }
    const rates = measured.map((run) => run.perSecond);
    const ratio = medianRatio(rates, control.map((run) => run.perSecond));
    const perTrade = CHAIN.map((name) => `${name} ${median(measured.map((run) => run.cpuPerTrade[name] ?? NaN)).toFixed(1)} µs`).join(', ');
    const latencies = ['features', 'vpin', 'websocket'].map((name) => `${name} p50 ≤ ${milliseconds(median(measured.map((run) => run.p50[name] ?? NaN)))}, p99 ≤ ${milliseconds(median(measured.map((run) => run.p99[name] ?? NaN)))}`).join('; ');
    return {
      findings: [{
        claim: 'Two days of trades at full speed through marketdata, features, vpin and websocket (no goal set)',
        measured: `${spread(rates, perSecond)}; CPU per trade: ${perTrade}; published → handled: ${latencies}`,
        ratio: times(ratio),
        method: `POST /replay at speed 0, four engines as processes, one WebSocket client; until each trade is at the client and settled by all groups, none lost, order kept per symbol; latency from the exported histogram of each engine; control: JSON, an entry per trade, one bare process with the same VPIN, ${spread(control.map((run) => run.perSecond), perSecond)}`,
        verdict: 'met',
      }],
      gates: [],
    };
  } finally {
    plain.kill();
    redis.disconnect();
    await platform.stop();
  }
}

const cases: readonly Case[] = [
  { name: 'vpin behind a backlog', measure: vpinAlone },
  { name: 'two days through four engines', measure: chain },
];

export const subject: Subject = {
  title: 'Replay through the engines',
  conditions: () => ({ Servers: `Redis ${versions.redis}, AOF everysec, one per bus; PostgreSQL ${versions.database}, commits wait for the disk; each engine, server and this program a process on the same cores` }),
  cases,
};
