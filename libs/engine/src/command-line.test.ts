import { describe, expect, it } from '@jest/globals';
import { commandOf, helpOf } from './command-line.ts';
import { defineEngine } from './declaration.ts';
import { setting } from './settings.ts';

describe('the command line of an engine', () => {
  it('runs without an argument and refuses what it does not know', () => {
    expect(commandOf([])).toBe('run');
    expect(commandOf(['--check'])).toBe('check');
    expect(commandOf(['-h'])).toBe('help');
    expect(commandOf(['--halp'])).toBeUndefined();
    expect(commandOf(['--check', 'x'])).toBeUndefined();
  });

  it('lists own and shared variables with defaults, and no secret', () => {
    const text = helpOf(defineEngine({
      name: 'sample', summary: 'A sample.', ports: { dual: 1 }, needs: [],
      settings: { every: setting.milliseconds('SAMPLE_EVERY_MS', 250, { help: 'How often.' }), key: setting.secret('SAMPLE_KEY', 'hidden', { help: 'A key.' }) },
    }));
    expect(text).toMatch(/SAMPLE_EVERY_MS +How often\. \[250 ms\]/);
    expect(text).toMatch(/SAMPLE_KEY +A key\. \[\[secret\]\]/);
    expect(text).toMatch(/LOG_LEVEL/);
    expect(text).not.toContain('hidden');
  });
});
