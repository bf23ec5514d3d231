import { describe, expect, it } from '@jest/globals';
import { TransientError } from '@nautilus/model';
import { FakeClock } from '@nautilus/testkit';
import { withPatience, type Patience } from './patience.ts';

/** Time passes by exactly the delays asked for. */
function patienceOf(waitMs: number): Patience & { readonly waits: number[]; readonly reasons: string[] } {
  const clock = new FakeClock();
  const waits: number[] = [];
  const reasons: string[] = [];
  const delay = (delayMs: number, run: () => void) => {
    waits.push(delayMs);
    clock.advance(delayMs);
    queueMicrotask(run);
    return () => undefined;
  };
  return { ambient: { clock, delay, random: () => 0.5 }, waitMs, onWait: (reason) => void reasons.push(reason), waits, reasons };
}

describe('withPatience', () => {
  it('tries-again-with-growing-pauses-and-tells-each-reason-once', async () => {
    const patience = patienceOf(60_000);
    const failures = ['refused', 'refused', 'starting', 'starting'];
    const result = await withPatience(() => {
      const reason = failures.shift();
      return reason === undefined ? Promise.resolve('done') : Promise.reject(new TransientError(reason));
    }, patience);
    expect(result).toBe('done');
    expect(patience.waits).toEqual([100, 200, 400, 800]);
    expect(patience.reasons).toEqual(['refused', 'starting']);
  });

  it('gives-up-at-the-deadline-with-the-last-reason', async () => {
    const patience = patienceOf(20_000);
    await expect(withPatience(() => Promise.reject(new TransientError('refused')), patience)).rejects.toThrow('refused');
    const waited = patience.waits.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeLessThan(20_000);
    expect(waited).toBeGreaterThan(15_000 - 1);
    expect(Math.max(...patience.waits)).toBe(5_000);
  });

  it('does-not-try-again-what-waiting-does-not-mend', async () => {
    const patience = patienceOf(60_000);
    await expect(withPatience(() => Promise.reject(new Error('a defect')), patience)).rejects.toThrow('a defect');
    expect(patience.waits).toEqual([]);
  });
});
