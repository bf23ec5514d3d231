import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type as osType } from 'node:os';
import { subject as bus } from './bus.bench.ts';
import { subject as http } from './http-report.ts';
import { subject as quant } from './quant.bench.ts';
import { subject as replay } from './replay.bench.ts';
import { subject as store } from './store-report.ts';
import { subject as websocket } from './websocket.bench.ts';
import { holds, sectionOf, writeSection, type Outcome, type Subject } from './report.ts';

/** `run.ts [subject ...]` measures and writes docs/benchmarks.md; ends with 1 when a gate failed twice. */
const SUBJECTS: Readonly<Record<string, Subject>> = { bus, http, quant, replay, store, websocket };
const REPORT = new URL('../../docs/benchmarks.md', import.meta.url);
const RUNS = 5;

function machine(): Readonly<Record<string, string>> {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return {
    Machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB; ${osType()} ${release()}; Node ${process.version}`,
    Date: `${new Date().toISOString()}, commit ${git('rev-parse', '--short', 'HEAD')}`,
  };
}

async function measure(subject: Subject): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const { name, measure: once } of subject.cases) {
    console.log(`${subject.title}: ${name}`);
    let outcome = await once(RUNS);
    if (!outcome.gates.every(holds)) {
      console.log('  a gate failed: once more with twice the runs');
      outcome = await once(2 * RUNS);
    }
    for (const { claim, measured, ratio, verdict } of outcome.findings) console.log(`  ${claim}: ${measured}, ${ratio}: ${verdict}`);
    for (const gate of outcome.gates) console.log(`  gate ${gate.name}: ${gate.ratio.toFixed(2)} ${holds(gate) ? 'holds' : 'FAILS'}`);
    outcomes.push(outcome);
  }
  return outcomes;
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SUBJECTS);
for (const name of names) {
  const subject = SUBJECTS[name];
  if (subject === undefined) {
    console.error(`no subject "${name}"; there are ${Object.keys(SUBJECTS).join(', ')}`);
    process.exitCode = 2;
    break;
  }
  try {
    const outcomes = await measure(subject);
    writeSection(REPORT, name, sectionOf(subject.title, { ...machine(), ...subject.conditions() }, outcomes));
    if (!outcomes.every(({ gates }) => gates.every(holds))) process.exitCode = 1;
  } finally {
    await subject.close?.();
  }
}
