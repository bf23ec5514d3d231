import { randomFillSync } from 'node:crypto';
import type { Clock } from '@nautilus/model';
import type { Cancel, Timers } from './context.ts';

/**
 * The real clock, chance and timers. Only composition roots use this file; everything else takes them as
 * parameters.
 */

/** Makes `performance.now()`, which begins anew in every process and thread, the clock that they all share. */
const SHARED_ORIGIN_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

export const systemClock: Clock = {
  now: () => Date.now(),
  /** Of the machine: processes and threads on one machine can compare it. */
  monotonic: () => SHARED_ORIGIN_MS + performance.now(),
};

export const systemRandom = (): number => Math.random();

/** One delay of the surroundings, from which every timer is made. */
export type Delay = (delayMs: number, run: () => void) => Cancel;

export const systemDelay: Delay = (delayMs, run) => {
  const handle = setTimeout(run, delayMs);
  return () => clearTimeout(handle);
};

/** Bytes drawn at once: one call into the generator serves 256 ids. */
const POOL_BYTES = 2_048;
const BYTES_PER_ID = 8;
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * A maker of UUIDv7 (RFC 9562): 48 bits of milliseconds, then a counter of 12 bits, so that the ids of one process
 * rise even within a millisecond or when the clock is set back, then 62 bits of chance.
 */
export function createIds(now: () => number, fill: (bytes: Uint8Array) => void = (bytes) => void randomFillSync(bytes)): () => string {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  let lastMs = -1;
  let counter = 0;
  const hex = (byte: number): string => HEX[byte & 0xff] ?? '';
  return () => {
    if (used + BYTES_PER_ID > POOL_BYTES) {
      fill(pool);
      used = 0;
    }
    const nowMs = Math.floor(now());
    counter += 1;
    if (nowMs > lastMs) [lastMs, counter] = [nowMs, 0];
    else if (counter > 0xfff) [lastMs, counter] = [lastMs + 1, 0];
    const time = lastMs.toString(16).padStart(12, '0');
    let tail = '';
    for (let index = 0; index < BYTES_PER_ID; index += 1) {
      const byte = pool[used + index] ?? 0;
      tail += hex(index === 0 ? (byte & 0x3f) | 0x80 : byte);
      if (index === 1) tail += '-';
    }
    used += BYTES_PER_ID;
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${tail}`;
  };
}

export interface OwnedTimers extends Timers {
  /** Cancels every timer and ends every delay. */
  close(): void;
}

/** Timers that end together. `onError` hears of a throw, which ends neither the timer nor the process. */
export function createTimers(delay: Delay, onError: (error: unknown) => void): OwnedTimers {
  const running = new Set<Cancel>();
  const waiting = new Set<() => void>();
  let closed = false;

  const start = (delayMs: number, run: () => void): Cancel => {
    if (closed) return () => undefined;
    const stop = delay(delayMs, () => {
      running.delete(cancel);
      run();
    });
    const cancel = (): void => {
      running.delete(cancel);
      stop();
    };
    running.add(cancel);
    return cancel;
  };
  const guarded = async (run: () => void | Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      onError(error);
    }
  };

  return {
    after: (delayMs, run) => start(delayMs, () => void guarded(run)),
    every(intervalMs, run) {
      let cancelled = false;
      let cancel: Cancel = () => undefined;
      const next = (): void => {
        cancel = start(intervalMs, () => void guarded(run).then(() => (cancelled ? undefined : next())));
      };
      next();
      return () => {
        cancelled = true;
        cancel();
      };
    },
    delay: (delayMs, signal) =>
      new Promise((resolve) => {
        if (closed || signal?.aborted === true) return resolve();
        const finish = (): void => {
          signal?.removeEventListener('abort', finish);
          waiting.delete(finish);
          cancel();
          resolve();
        };
        const cancel = start(delayMs, finish);
        waiting.add(finish);
        signal?.addEventListener('abort', finish, { once: true });
      }),
    close() {
      closed = true;
      for (const cancel of [...running]) cancel();
      for (const finish of [...waiting]) finish();
    },
  };
}
