import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a program and gives what it prints; throws with what it complained about. */
export function output(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
  return stdout.trim();
}

/** Runs a program that speaks for itself; throws when it fails. */
export function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}

export function succeeds(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { cwd: root, stdio: 'ignore' }).status === 0;
}

/** Does one step and says how long it took. */
export async function step<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  console.log(`${what} (${((performance.now() - began) / 1_000).toFixed(1)} s)`);
  return result;
}

const PROGRAMS = { docker: 'a container engine', kind: 'kind', helm: 'Helm', kubectl: 'kubectl' } as const;

/** Ends with one sentence per program that is missing. */
export function needPrograms(): void {
  const missing = Object.entries(PROGRAMS).filter(([program]) => !succeeds('sh', '-c', `command -v ${program}`));
  for (const [program, name] of missing) console.error(`${name} is needed: put "${program}" on PATH.`);
  if (missing.length === 0 && !succeeds('docker', 'info')) {
    console.error('The container engine does not answer: start Docker.');
    process.exit(1);
  }
  if (missing.length > 0) process.exit(1);
}
