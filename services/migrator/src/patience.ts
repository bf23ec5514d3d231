import { asNautilusError, type Clock } from '@nautilus/model';
import { backOffMs, type Ambient } from '@nautilus/engine';

export interface Patience {
  readonly ambient: Pick<Ambient, 'delay' | 'random'> & { readonly clock: Pick<Clock, 'monotonic'> };
  /** From now on; the last try begins before its end. */
  readonly waitMs: number;
  /** Hears each reason to wait once. */
  readonly onWait: (reason: string) => void;
}

/** Tries again, with back-off, what fails because a server is away. Rejects with the last error when time is up. */
export async function withPatience<T>(work: () => Promise<T>, { ambient, waitMs, onWait }: Patience): Promise<T> {
  const until = ambient.clock.monotonic() + waitMs;
  let told = '';
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'transient') throw error;
      const delayMs = backOffMs(attempt, ambient.random);
      if (ambient.clock.monotonic() + delayMs >= until) throw error;
      const reason = (error as Error).message;
      if (reason !== told) onWait(reason);
      told = reason;
      await new Promise<void>((resolve) => void ambient.delay(delayMs, resolve));
    }
  }
}
