import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

/** A Node process under test, its output line by line, and its end. */
export interface Child {
  readonly process: ChildProcess;
  readonly out: readonly string[];
  readonly err: readonly string[];
  /** JSON lines of the log. */
  log(): readonly Readonly<Record<string, unknown>>[];
  /** Waits for a log line with this message and gives it. */
  logged(message: string): Promise<Readonly<Record<string, unknown>>>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Ends it in any case; for clean-up. */
  kill(): Promise<void>;
}

/** Of the programs under test: without it each start strips the types of some hundred files again. */
const COMPILED = fileURLToPath(new URL('../../../.nautilus/compile-cache', import.meta.url));

/** Starts `node file ...args` with exactly these variables beside PATH, HOME and where Node keeps compiled code. */
export function startNode(file: string, environment: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Child {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [file, ...args], { env: { PATH, HOME, NODE_COMPILE_CACHE: COMPILED, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const out: string[] = [];
  const err: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => out.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => err.push(line));
  // `close` comes after the last line of output, `exit` may come before it.
  const ended = new Promise<number | string>((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')));
  const log = (): readonly Readonly<Record<string, unknown>>[] =>
    out.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    process: child, out, err, ended, log,
    logged: (message) =>
      eventually(() => log().find((entry) => entry.message === message), { deadlineMs: 30_000, describe: `the log line "${message}"` }).catch((error: unknown) => {
        throw new Error(`${String(error)}\nstdout:\n${out.join('\n')}\nstderr:\n${err.join('\n')}`, { cause: error });
      }) as Promise<Readonly<Record<string, unknown>>>,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
