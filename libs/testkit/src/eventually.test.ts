import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.ts';

describe('eventually', () => {
  it('returns the first truthy value', async () => {
    let tries = 0;
    expect(await eventually(() => (++tries === 3 ? 'third' : undefined), { intervalMs: 1 })).toBe('third');
  });

  it('waits until an assertion holds', async () => {
    let tries = 0;
    await eventually(() => {
      tries += 1;
      expect(tries).toBeGreaterThanOrEqual(3);
    }, { intervalMs: 1 });
    expect(tries).toBe(3);
  });

  it('does not take a look-up that finds nothing for success', async () => {
    const nothing = new Map<string, string>();
    await expect(eventually(() => nothing.get('a'), { deadlineMs: 20, describe: 'an entry' })).rejects.toThrow(
      'Waited 20 ms for an entry; last value: undefined',
    );
  });

  it('prints the last error at the deadline', async () => {
    const failing = () => Promise.reject(new Error('connection refused'));
    await expect(eventually(failing, { deadlineMs: 20 })).rejects.toThrow('last error: connection refused');
  });
});
