import { beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidInputError, TransientError } from '@nautilus/model';
import { BatchLane, writerLimits, type WriterOptions } from './writer.ts';

/** Time that passes only when told to. */
class HandClock {
  #time = 0;
  #timers: { at: number; run: () => void }[] = [];
  readonly ambient = {
    now: () => this.#time,
    monotonic: () => this.#time,
    random: () => 1,
    after: (delayMs: number, run: () => void) => {
      const timer = { at: this.#time + delayMs, run };
      this.#timers.push(timer);
      return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
    },
  };

  async pass(ms: number): Promise<void> {
    const until = this.#time + ms;
    await settled();
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#time = next.at;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.run();
      await settled();
    }
    this.#time = until;
  }
}

/** Promises that wait for nothing but each other have run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('batch lane', () => {
  let clock: HandClock;
  let written: number[][];
  let fail: (rows: readonly number[]) => void;
  beforeEach(() => {
    clock = new HandClock();
    written = [];
    fail = () => undefined;
  });
  const lane = (options: WriterOptions = {}): BatchLane<number> =>
    new BatchLane((rows) => Promise.resolve().then(() => {
      fail(rows);
      written.push([...rows]);
    }), writerLimits({ batchRows: 10, lingerMs: 100, quietMs: 5, ...options }), clock.ambient, () => undefined);
  const outcome = (append: Promise<void>): { state: string } => {
    const seen = { state: 'pending' };
    append.then(() => (seen.state = 'committed'), (error: unknown) => (seen.state = error instanceof Error ? error.constructor.name : 'unknown'));
    return seen;
  };

  it('writes an incomplete batch when the senders are quiet', async () => {
    const append = outcome(lane().append([1, 2]));
    await clock.pass(4);
    expect(written).toEqual([]);
    await clock.pass(1);
    expect([written, append.state]).toEqual([[[1, 2]], 'committed']);
  });

  it('lets a steady trickle wait for the linger time, and no longer', async () => {
    const lane1 = lane({ batchRows: 1000 });
    for (let i = 0; i < 40; i++) {
      outcome(lane1.append([i]));
      await clock.pass(3);
    }
    expect(written.length).toBe(1);
    expect(written[0]?.length).toBeGreaterThan(30);
  });

  it('writes full batches at once, in order, without a timer', async () => {
    const append = outcome(lane().append(Array.from({ length: 25 }, (_, i) => i)));
    await clock.pass(0);
    expect(written.map((rows) => rows.length)).toEqual([10, 10]);
    expect(append.state).toBe('pending');
    await clock.pass(5);
    expect(written.flat()).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(append.state).toBe('committed');
  });

  it('holds appends back while the queue is full, and lets them in by turn', async () => {
    fail = () => {
      throw new TransientError('away');
    };
    const full = lane({ maxQueuedRows: 20, retryMs: 10, maxRetryMs: 10 });
    const appends = [15, 10, 3].map((rows) => outcome(full.append(Array.from({ length: rows }, () => rows))));
    await clock.pass(50);
    expect([full.queuedRows, full.waitingRows]).toEqual([15, 13]);
    fail = () => undefined;
    await clock.pass(50);
    expect(appends.map(({ state }) => state)).toEqual(['committed', 'committed', 'committed']);
    expect(written.flat()).toEqual([...Array<number>(15).fill(15), ...Array<number>(10).fill(10), ...Array<number>(3).fill(3)]);
    expect([full.queuedRows, full.waitingRows, full.writtenRows]).toEqual([0, 0, 28]);
  });

  it('lets an append in that is larger than the whole queue', async () => {
    const append = outcome(lane({ maxQueuedRows: 5 }).append(Array.from({ length: 12 }, (_, i) => i)));
    await clock.pass(10);
    expect(append.state).toBe('committed');
  });

  it('isolates a poison row and rejects only the append that brought it', async () => {
    fail = (rows) => {
      if (rows.includes(13)) throw new InvalidInputError([{ path: '', message: 'thirteen' }]);
    };
    const shared = lane();
    const poisoned = shared.append([12, 13, 14]);
    const appends = [outcome(shared.append([1, 2, 3])), outcome(poisoned), outcome(shared.append([20]))];
    await clock.pass(10);
    expect(appends.map(({ state }) => state)).toEqual(['committed', 'InvalidInputError', 'committed']);
    await expect(poisoned).rejects.toMatchObject({ problems: [{ path: 'rows[1]', message: 'thirteen' }] });
    expect(written.flat().sort((a, b) => a - b)).toEqual([1, 2, 3, 12, 14, 20]);
  });

  it('backs off ever longer, up to a limit, and gives up an append after its time', async () => {
    const tries: number[] = [];
    fail = () => {
      tries.push(clock.ambient.monotonic());
      throw new TransientError('away');
    };
    const append = outcome(lane({ retryMs: 10, maxRetryMs: 40, giveUpMs: 150 }).append([1]));
    await clock.pass(1000);
    expect(tries).toEqual([5, 15, 35, 75, 115, 155]);
    expect(append.state).toBe('TransientError');
  });

  it('does not repeat what a defect made fail', async () => {
    let tries = 0;
    fail = () => {
      tries += 1;
      throw new TypeError('a fault of the code');
    };
    const broken = lane();
    const append = outcome(broken.append([1]));
    await clock.pass(1000);
    expect([tries, append.state]).toEqual([1, 'TypeError']);
    fail = () => undefined;
    const next = outcome(broken.append([2]));
    await clock.pass(10);
    expect(next.state).toBe('committed');
  });

  it('writes at once what a flush waits for, and refuses more while closing', async () => {
    const closing = lane();
    const append = outcome(closing.append([1]));
    closing.refuseMore();
    await Promise.all([closing.flush(), clock.pass(0)]);
    expect([written, append.state]).toEqual([[[1]], 'committed']);
    await expect(closing.append([2])).rejects.toMatchObject({ kind: 'transient' });
  });

  it('rejects what it still holds when it is abandoned, also what waits to be let in', async () => {
    fail = () => {
      throw new TransientError('away');
    };
    const lost = lane({ maxQueuedRows: 2 });
    const appends = [outcome(lost.append([1, 2])), outcome(lost.append([3]))];
    await clock.pass(50);
    lost.abandon();
    await clock.pass(1000);
    expect(appends.map(({ state }) => state)).toEqual(['TransientError', 'TransientError']);
    expect([lost.queuedRows, lost.waitingRows]).toEqual([0, 0]);
  });
});
