import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@nautilus/testkit';
import { showProgress } from './progress.ts';

const state = (rows: number) => ({ table: 'market_ticks', tablesDone: 2, tables: 9, rows, rowsExpected: 1_200_000 });

describe('showProgress', () => {
  it('writes-a-line-every-five-seconds-where-there-is-no-terminal', () => {
    const clock = new FakeClock();
    let text = '';
    const progress = showProgress('Restoring', { isTerminal: false, write: (line) => void (text += line) }, new Writable(), clock);
    progress.update(state(10));
    clock.advance(5_000);
    progress.update(state(1_000_000));
    progress.update(state(1_000_001));
    progress.end();
    expect(text).toBe('Restoring: 1,000,000 of 1,200,000 rows, table 3 of 9 (market_ticks)\n');
  });

  it('draws-a-bar-on-a-terminal-and-takes-it-away', () => {
    let text = '';
    const stream = Object.assign(new Writable({
      write(piece: Buffer, _encoding, done) {
        text += piece.toString();
        done();
      },
    }), { isTTY: true, columns: 120, cursorTo: () => true, clearLine: () => true, clearScreenDown: () => true, moveCursor: () => true });
    const progress = showProgress('Backing up', { isTerminal: true, write: () => undefined }, stream, new FakeClock());
    progress.update(state(600_000));
    progress.end();
    expect(text).toContain('Backing up');
    expect(text).toContain('50 %');
    expect(text).toContain('600,000 rows | market_ticks');
  });
});
