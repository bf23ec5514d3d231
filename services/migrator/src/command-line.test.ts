import { describe, expect, it } from '@jest/globals';
import { asNautilusError } from '@nautilus/model';
import { commandOf, helpText } from './command-line.ts';
import { settings } from './settings.ts';

function refusalOf(...args: string[]): string {
  try {
    commandOf(args);
  } catch (error) {
    const known = asNautilusError(error);
    return known?.kind === 'config' ? known.problems.map(({ path, message }) => `${path} ${message}`).join() : String(error);
  }
  return 'none';
}

describe('commandOf', () => {
  it('reads-each-command', () => {
    expect(commandOf(['migrate'])).toEqual({ name: 'migrate' });
    expect(commandOf(['backup', '--to', '/backup', '--keep', '7'])).toEqual({ name: 'backup', to: '/backup', keep: 7 });
    expect(commandOf(['backup'])).toEqual({ name: 'backup', to: undefined, keep: undefined });
    expect(commandOf(['restore', '--from', 'latest'])).toEqual({ name: 'restore', from: 'latest' });
    expect(commandOf(['verify', '--from=/backup/x'])).toEqual({ name: 'verify', from: '/backup/x' });
    expect(commandOf(['--check'])).toEqual({ name: 'check' });
    for (const args of [['--help'], ['-h'], ['backup', '--help']]) expect(commandOf(args)).toEqual({ name: 'help' });
  });

  it.each([
    [[], 'name no command'],
    [['explode'], 'are not understood: explode'],
    [['toString'], 'are not understood: toString'],
    [['migrate', 'now'], 'are not understood: migrate now'],
    [['migrate', '--keep', '3'], 'give --keep, which migrate does not take'],
    [['migrate', '--check'], 'give --check, which migrate does not take'],
    [['restore', '--to', '/x', '--from', '/y'], 'give --to, which restore does not take'],
    [['restore'], 'lack --from'],
    [['backup', '--keep', '0'], 'whole number from 1'],
    [['backup', '--keep', '1.5'], 'whole number from 1'],
    [['backup', '--frobnicate'], 'are not understood: Unknown option'],
  ] as const)('refuses %j', (args, reason) => {
    expect(refusalOf(...args)).toContain(reason);
  });

  it('explains-every-variable', () => {
    for (const { env } of Object.values(settings)) expect(helpText()).toContain(env);
    expect(helpText()).toContain('DATABASE_URL[_FILE]');
  });
});
