import type { Finding, Gate, Subject } from './report.ts';
import { measureStore, type StoreBench } from './store.bench.ts';
import { median, perSecond, spread, times } from './statistics.ts';

const versions: string[] = [];

export const subject: Subject = {
  title: 'Store',
  conditions: () => ({ Databases: versions.join('; ') }),
  cases: [
    {
      name: 'batched inserts and column reads',
      async measure() {
        const { server, embedded } = await measureStore();
        versions.splice(0, versions.length, `${server.serverVersion}, commits wait for the disk`, `embedded ${embedded.serverVersion}, in memory`);
        return { findings: [...findings('PostgreSQL', server), ...findings('embedded', embedded)], gates: [gate(server)] };
      },
    },
  ],
};

function findings(name: string, bench: StoreBench): Finding[] {
  const rates = bench.batched.map((run) => run.rowsPerSecond);
  const cpu = median(bench.batched.map((run) => run.cpuMicrosPerRow));
  const met = median(rates) >= 100_000;
  return [
    {
      claim: `${name}: inserts through unnest ≥ 100,000 rows/s`,
      measured: `${spread(rates, perSecond)}; CPU of the client ${cpu.toFixed(1)} µs per row`,
      ratio: times(bench.ratio),
      method: `batching writer until committed; control: one statement and commit per row, ${spread(bench.single.map((run) => run.rowsPerSecond), perSecond)}`,
      verdict: met ? 'met' : 'missed',
      ...(met ? {} : { reason: 'client and database share these cores' }),
    },
    {
      claim: `${name}: trades read as columns (no goal set)`,
      measured: spread(bench.columns.map((run) => run.rowsPerSecond), perSecond),
      ratio: '-',
      method: 'all trades of one symbol',
      verdict: 'met',
    },
  ];
}

function gate(bench: StoreBench): Gate {
  return { name: 'unnest / single-row inserts', ratio: bench.ratio, atLeast: 20 };
}
