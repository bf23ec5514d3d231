import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';

export interface ServerProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Working folder; it gets `server.log` and `server.pid` and is removed in the end. */
  readonly folder: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Signal that ends it at once and leaves nothing behind in the system. */
  readonly endSignal: 'KILL' | 'QUIT';
}

/**
 * Runs a shell command when this process has ended, however it ended. A handler of `exit` would not do: inside
 * Jest `process` is a copy whose events never come, and SIGKILL runs no handler. So a shell waits for the end
 * of a pipe that only this process holds open.
 * @returns a function that calls it off.
 */
export function whenThisProcessEnds(command: string, ...args: readonly string[]): () => void {
  const guard = spawn('sh', ['-c', `cat >/dev/null; ${command}`, 'guard', ...args], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.unref();
  (guard.stdin as Socket).unref();
  return () => guard.kill('SIGKILL');
}

/** One server program of a test: started in the background, and gone when this process is gone. */
export class ServerProcess {
  readonly #options: ServerProcessOptions;
  readonly #callOff: () => void;
  #pid: number | undefined;

  constructor(options: ServerProcessOptions) {
    this.#options = options;
    const end = `kill -${options.endSignal} "$(cat "$1/server.pid")"; sleep 0.3; rm -rf "$1"`;
    this.#callOff = whenThisProcessEnds(end, options.folder);
  }

  /**
   * Starts the program and waits until `ready` resolves. `ready` gets the process id, to make sure that the one
   * who answers is this server and not another that took the port first.
   * @throws Error with the end of the server's log.
   */
  async start(ready: (pid: number) => Promise<unknown>): Promise<void> {
    const { program, args, folder, uid, gid } = this.#options;
    const log = openSync(join(folder, 'server.log'), 'a');
    // Detached: Ctrl-C in the terminal must reach Jest, not the server under it.
    const child = spawn(program, args, {
      cwd: folder,
      stdio: ['ignore', log, log],
      detached: true,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    closeSync(log);
    child.once('error', () => undefined); // no pid then, which is reported below
    child.unref();
    if (child.pid === undefined) throw new Error(`${program} could not be started.`);
    const { pid } = child;
    this.#pid = pid;
    writeFileSync(join(folder, 'server.pid'), String(pid));
    const outcome = await eventually(() => (this.isRunning() ? ready(pid).then(() => 'ready' as const) : 'ended' as const), {
      deadlineMs: 30_000,
      describe: `${program} to be ready`,
    });
    if (outcome === 'ended') throw new Error(`${program} ended while starting:\n${this.log().slice(-2000)}`);
  }

  isRunning(): boolean {
    if (this.#pid === undefined) return false;
    try {
      return process.kill(this.#pid, 0);
    } catch {
      return false;
    }
  }

  log(): string {
    return readFileSync(join(this.#options.folder, 'server.log'), 'utf8');
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#pid !== undefined && this.isRunning()) process.kill(this.#pid, signal);
  }

  /** Signals and waits until the process is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.signal('SIGCONT');
    this.signal(signal);
    await this.ended();
  }

  async ended(): Promise<void> {
    await eventually(() => !this.isRunning(), { deadlineMs: 30_000, intervalMs: 5, describe: `${this.#options.program} to end` });
  }

  /** Ends the process for good and removes its folder. */
  async dispose(): Promise<void> {
    await this.end(`SIG${this.#options.endSignal}`);
    this.#callOff();
    rmSync(this.#options.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
