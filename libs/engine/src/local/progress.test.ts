import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@nautilus/testkit';
import { Progress } from './progress.ts';

function progressOn(isTerminal: boolean): { progress: Progress; written: string[]; pass: (ms: number) => void } {
  const clock = new FakeClock();
  const written: string[] = [];
  const pending = new Set<{ at: number; run: () => void }>();
  const delay = (ms: number, run: () => void): (() => void) => {
    const entry = { at: clock.monotonic() + ms, run };
    pending.add(entry);
    return () => void pending.delete(entry);
  };
  const pass = (ms: number): void => {
    for (let step = 0; step < ms; step += 10) {
      clock.advance(10);
      for (const entry of [...pending]) if (entry.at <= clock.monotonic()) (pending.delete(entry), entry.run());
    }
  };
  return { progress: new Progress({ isTerminal, write: (text) => void written.push(text) }, clock, delay), written, pass };
}

describe('progress', () => {
  it('is silent about what is quick', async () => {
    const { progress, written, pass } = progressOn(true);
    const work = Promise.withResolvers<void>();
    const done = progress.during('the database', work.promise);
    pass(900);
    work.resolve();
    await done;
    pass(5_000);
    expect(written).toEqual([]);
  });

  it('turns one line of a terminal and takes it away at the end', async () => {
    const { progress, written, pass } = progressOn(true);
    const work = Promise.withResolvers<void>();
    const done = progress.during('the database', work.promise);
    pass(1_500);
    expect(written.length).toBeGreaterThan(2);
    expect(written.every((text) => text.startsWith('\r\u001b[2K') && text.endsWith(' waiting for the database (1 s)'))).toBe(true);
    work.resolve();
    await done;
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });

  it('writes plain lines now and then where nothing can be taken back', () => {
    const { progress, written, pass } = progressOn(false);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) void progress.during(name, new Promise(() => undefined));
    pass(7_000);
    progress.stop();
    expect(written).toEqual(['waiting for a, b, c, d, e and 2 more (1 s)\n', 'waiting for a, b, c, d, e and 2 more (6 s)\n']);
  });
});
