import { type AnyEngine } from './declaration.ts';
import { settingsOf } from './parse-settings.ts';
import { sharedSettings } from './shared-settings.ts';
import type { Setting } from './settings.ts';

export type Command = 'run' | 'check' | 'help';

/** What the arguments of an engine's process ask for; undefined when they ask for nothing known. */
export function commandOf(args: readonly string[]): Command | undefined {
  const [first, ...rest] = args;
  if (rest.length > 0) return undefined;
  switch (first) {
    case undefined: return 'run';
    case '--check': return 'check';
    case '--help': case '-h': return 'help';
    default: return undefined;
  }
}

/** For a person at a terminal: what this process is, its arguments, and every variable that it reads. */
export function helpOf(declaration: AnyEngine): string {
  const line = ({ env, shown, help }: Setting<unknown>): string => `  ${env.padEnd(32)} ${help}${help === '' ? '' : ' '}[${shown}]`;
  return [
    `nautilus ${declaration.name}: ${declaration.summary}`,
    '',
    '  (no argument)  run until SIGTERM',
    '  --check        read the settings, say what is wrong with them, and end',
    '  --help         show this text',
    '',
    'Variables:',
    ...settingsOf(declaration).map(line),
    '',
    'Variables of every process:',
    ...Object.values(sharedSettings).map(line),
    '',
  ].join('\n');
}
