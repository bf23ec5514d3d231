import { AsyncLocalStorage } from 'node:async_hooks';
import { backOffMs } from '../back-off.ts';
import type { Composition } from '../composition.ts';
import { EngineRuntime } from '../engine-runtime.ts';
import type { Endpoint } from './preflight.ts';

/** Tells whose code is running, so that a defect is charged to one engine and not to all. */
export const owner = new AsyncLocalStorage<Supervisor>();

const TIDY_UP_MS = 5_000;
/** An engine that ran for this long begins anew with the shortest wait. */
const STEADY_MS = 60_000;

/** Keeps one engine of a shared process running: a failed start or a defect restarts it and nobody else. */
export class Supervisor {
  readonly endpoint: Endpoint;
  /** Resolves when the first start succeeded or failed. */
  readonly firstOutcome: Promise<void>;
  readonly #composition: Composition;
  readonly #firstOutcome = Promise.withResolvers<void>();
  readonly #ending = new AbortController();
  #runtime: EngineRuntime | undefined;
  #failed: (error: unknown) => void = () => undefined;
  #loop: Promise<void> | undefined;

  constructor(endpoint: Endpoint, composition: Composition) {
    this.endpoint = endpoint;
    this.#composition = composition;
    this.firstOutcome = this.#firstOutcome.promise;
  }

  get runtime(): EngineRuntime | undefined {
    return this.#runtime;
  }

  start(): void {
    this.#loop = owner.run(this, () => this.#supervise());
  }

  /** A defect in the engine's code, found outside of what was awaited. */
  defect(error: unknown): void {
    this.#failed(error);
  }

  /** The engine stops producing; consumers go on. It is not started again. */
  async drain(): Promise<void> {
    this.#ending.abort();
    await this.#runtime?.drain();
  }

  /** Ends the engine; true when nothing was lost. */
  async stop(deadlineMs: number): Promise<boolean> {
    this.#ending.abort();
    const clean = (await this.#runtime?.stop(deadlineMs)) ?? true;
    this.#failed(undefined);
    await this.#loop;
    return clean;
  }

  async #supervise(): Promise<void> {
    const { ambient, log } = this.#composition;
    for (let attempt = 1; !this.#ending.signal.aborted; attempt += 1) {
      const runtime = new EngineRuntime(this.endpoint.declaration, this.#composition);
      const startedMs = ambient.clock.monotonic();
      this.#runtime = runtime;
      const failure = Promise.withResolvers<unknown>();
      this.#failed = (error) => failure.resolve(error);
      this.#bringUp(runtime).catch((error: unknown) => failure.resolve(error));
      const error = await failure.promise;
      if (this.#ending.signal.aborted) return;
      this.#firstOutcome.resolve();
      if (ambient.clock.monotonic() - startedMs > STEADY_MS) attempt = 1;
      const waitMs = Math.round(backOffMs(attempt, ambient.random, 500, 30_000));
      log.error({ error, engine: runtime.context.engine.engine, restart_in_ms: waitMs }, 'the engine failed and starts again; the others go on');
      await runtime.stop(TIDY_UP_MS);
      await this.#pause(waitMs);
    }
  }

  async #bringUp(runtime: EngineRuntime): Promise<void> {
    await runtime.listen();
    await runtime.start();
    this.#firstOutcome.resolve();
  }

  #pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#composition.ambient.delay(waitMs, resolve);
      this.#ending.signal.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });
  }
}
