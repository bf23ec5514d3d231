import { readFileSync, writeFileSync } from 'node:fs';

export type Verdict = 'met' | 'missed' | 'not measurable here';

/** One line of the report: a claim and what was found. Rates and times are given with their unit, as text. */
export interface Finding {
  readonly claim: string;
  /** Median and, in brackets, the range over the runs. */
  readonly measured: string;
  /** Measured over its control in the same block; `-` when there is none. */
  readonly ratio: string;
  readonly method: string;
  readonly verdict: Verdict;
  /** Why it was missed or could not be measured. */
  readonly reason?: string;
}

/** A limit on a ratio, so that it holds on any machine (performance.md, section 7). */
export interface Gate {
  readonly name: string;
  readonly ratio: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Outcome {
  readonly findings: readonly Finding[];
  readonly gates: readonly Gate[];
}

/** Measured by itself; a failed gate is measured once more with twice the runs. Throws when a result was void. */
export interface Case {
  readonly name: string;
  measure(runs: number): Promise<Outcome>;
}

export interface Subject {
  readonly title: string;
  /** Servers and their versions, persistence and the like. Complete when all cases have run. */
  conditions(): Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
  close?(): Promise<void>;
}

export function holds({ ratio, atLeast = -Infinity, atMost = Infinity }: Gate): boolean {
  return ratio >= atLeast && ratio <= atMost;
}

/** Text of one subject for the report. */
export function sectionOf(title: string, conditions: Readonly<Record<string, string>>, outcomes: readonly Outcome[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const rows = outcomes.flatMap(({ findings }) => findings).map((finding) =>
    `| ${[finding.claim, finding.measured, finding.ratio, finding.method, finding.verdict + (finding.reason === undefined ? '' : `: ${finding.reason}`)].map(cell).join(' | ')} |`);
  const gates = outcomes.flatMap((outcome) => outcome.gates);
  const limit = (gate: Gate): string => (gate.atLeast === undefined ? `≤ ${gate.atMost}` : `≥ ${gate.atLeast}`);
  return [
    `## ${title}`, '',
    ...Object.entries(conditions).map(([name, value]) => `- ${name}: ${value}`), '',
    '| Claim | Measured | Ratio to control | Method | Verdict |', '|---|---|---|---|---|', ...rows,
    ...(gates.length === 0 ? [] : ['', '| Gate | Limit | Ratio | Holds |', '|---|---|---|---|',
      ...gates.map((gate) => `| ${cell(gate.name)} | ${limit(gate)} | ${gate.ratio.toFixed(2)} | ${holds(gate) ? 'yes' : 'no'} |`)]),
  ].join('\n');
}

const HEAD = `# Benchmarks

Written by \`make bench\` (\`tests/bench/run.ts\`); nobody edits it by hand. Medians, with the range over the runs in
brackets. Absolute figures move with the machine; the ratio to the control, measured in turn with it, does not.
`;

/** Puts the section of one subject into the report and leaves those of the others as they are. */
export function writeSection(file: URL, subject: string, section: string): void {
  const [begin, end] = [`<!-- begin ${subject} -->`, `<!-- end ${subject} -->`];
  let report: string;
  try {
    report = readFileSync(file, 'utf8');
  } catch {
    report = HEAD;
  }
  const block = `${begin}\n${section}\n${end}`;
  const from = report.indexOf(begin);
  const to = report.indexOf(end);
  const written = from < 0 || to < 0 ? `${report.trimEnd()}\n\n${block}\n` : report.slice(0, from) + block + report.slice(to + end.length);
  writeFileSync(file, written);
}
