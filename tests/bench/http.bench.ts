import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadResult } from './http/load.ts';

const PROGRAM = fileURLToPath(new URL('./http/target.ts', import.meta.url));
const CONNECTIONS = 50;
const RUNS = 5;
const WARM_UP_MS = 1_500;
const RUN_MS = 2_000;

export interface HttpBench {
  readonly control: readonly LoadResult[];
  readonly engine: readonly LoadResult[];
  /** Median of engine over control, pair by pair. */
  readonly ratio: number;
}

/**
 * Express `GET /health` of one engine against bare `node:http`: 50 connections kept open, no pipelining, server and
 * generator in processes of their own. The two take turns, so that a slow moment of the machine meets both.
 */
export async function measureHttp(): Promise<HttpBench> {
  const servers = { control: start('control'), engine: start('engine') };
  try {
    const ports = { control: await answerOf<number>(servers.control), engine: await answerOf<number>(servers.engine) };
    await ask(ports.control, '/health', WARM_UP_MS);
    await ask(ports.engine, '/health', WARM_UP_MS);
    const control: LoadResult[] = [];
    const engine: LoadResult[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      control.push(await ask(ports.control, '/health', RUN_MS));
      engine.push(await ask(ports.engine, '/health', RUN_MS));
    }
    const failed = [...control, ...engine].reduce((sum, result) => sum + result.failures, 0);
    if (failed > 0) throw new Error(`${failed} requests failed, so nothing was measured`);
    return { control, engine, ratio: median(engine.map((result, run) => result.requestsPerSecond / (control[run]?.requestsPerSecond ?? NaN))) };
  } finally {
    servers.control.kill();
    servers.engine.kill();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function start(...parameters: string[]): ChildProcess {
  return fork(PROGRAM, parameters, { execPath: process.execPath, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [first] = (await once(child, 'message')) as [T];
  return first;
}

async function ask(port: number, path: string, durationMs: number): Promise<LoadResult> {
  return answerOf<LoadResult>(start('load', String(port), path, String(CONNECTIONS), String(durationMs)));
}
