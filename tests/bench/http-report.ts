import { measureHttp } from './http.bench.ts';
import type { Subject } from './report.ts';
import { milliseconds, perSecond, spread, times } from './statistics.ts';

export const subject: Subject = {
  title: 'HTTP',
  conditions: () => ({ Load: '50 connections kept open, no pipelining, server and generator in processes of their own on the same cores' }),
  cases: [
    {
      name: 'GET /health',
      async measure() {
        const { control, engine, ratio } = await measureHttp();
        const rates = engine.map((run) => run.requestsPerSecond);
        const met = rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] as number;
        return {
          findings: [{
            claim: 'GET /health, one process: ≥ 30,000 requests/s',
            measured: `${spread(rates, perSecond)}; p50 ${spread(engine.map((run) => run.p50), milliseconds)}, p99 ${spread(engine.map((run) => run.p99), milliseconds)}`,
            ratio: times(ratio),
            method: `closed loop; control: bare node:http, ${spread(control.map((run) => run.requestsPerSecond), perSecond)}`,
            ...(met >= 30_000 ? { verdict: 'met' as const } : { verdict: 'missed' as const, reason: 'generator and server share these cores; judge by the ratio' }),
          }],
          gates: [{ name: 'Express /health / bare node:http', ratio, atLeast: 0.45 }],
        };
      },
    },
  ],
};
