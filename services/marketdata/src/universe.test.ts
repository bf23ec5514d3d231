import { describe, expect, it } from '@jest/globals';
import type { Store } from '@nautilus/store';
import { DEFAULT_SYMBOLS, Universe } from './universe.ts';

function store(): Store {
  const saved = new Map<string, Uint8Array>();
  return {
    snapshots: {
      put: async (engine: string, key: string, state: Uint8Array) => void saved.set(`${engine}/${key}`, state),
      get: async (engine: string, key: string) => {
        const state = saved.get(`${engine}/${key}`);
        return state && { state, position: null, time: 0 };
      },
    },
  } as unknown as Store;
}

describe('the universe', () => {
  it('holds the default symbols and the recorded ones, each once', () => {
    const symbols = new Universe().symbols(['SPY', 'IBM']);
    expect(symbols).toEqual([...new Set([...DEFAULT_SYMBOLS, 'IBM'])].sort());
  });

  it('keeps what users changed over a restart', async () => {
    const kept = store();
    const own = new Universe();
    expect(own.add('ACME', ['IBM'])).toBe(true);
    expect(own.add('ACME', ['IBM'])).toBe(false);
    expect(own.remove('IBM', ['IBM'])).toBe(true);
    expect(own.remove('IBM', ['IBM'])).toBe(false);
    await own.save(kept, 0);
    const after = new Universe();
    await after.load(kept);
    expect(after.symbols(['IBM'])).toContain('ACME');
    expect(after.symbols(['IBM'])).not.toContain('IBM');
    expect(after.add('IBM', ['IBM'])).toBe(true);
    expect(after.symbols(['IBM'])).toContain('IBM');
  });
});
