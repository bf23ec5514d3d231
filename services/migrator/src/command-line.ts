import { parseArgs, types } from 'node:util';
import { ConfigError } from '@nautilus/model';
import { settings } from './settings.ts';

export type Command =
  | { readonly name: 'check' }
  | { readonly name: 'help' }
  | Work;

/** What needs more than the settings. */
export type Work =
  | { readonly name: 'migrate' }
  | { readonly name: 'backup'; readonly to: string | undefined; readonly keep: number | undefined }
  | { readonly name: 'restore' | 'verify'; readonly from: string };

type Taken = Readonly<Record<'to' | 'keep' | 'from', string | undefined>>;

/** Which options a command takes. */
const OPTIONS: Readonly<Record<string, readonly (keyof Taken)[]>> = { migrate: [], backup: ['to', 'keep'], restore: ['from'], verify: ['from'] };

/** Throws ConfigError for arguments that ask for nothing known. */
export function commandOf(args: readonly string[]): Command {
  const parsed = parsedArgs(args);
  if (parsed.values.help === true) return { name: 'help' };
  const [name, ...rest] = parsed.positionals;
  if (parsed.values.check === true && name === undefined) return { name: 'check' };
  if (name === undefined) throw wrong('name no command; --help lists them');
  const options = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (options === undefined || rest.length > 0) throw wrong(`are not understood: ${parsed.positionals.join(' ')}; --help lists the commands`);
  const { to, keep, from } = parsed.values;
  const taken: Taken = { to, keep, from };
  const foreign = (Object.keys(taken) as (keyof Taken)[]).find((option) => taken[option] !== undefined && !options.includes(option));
  if (foreign !== undefined || parsed.values.check === true) throw wrong(`give --${foreign ?? 'check'}, which ${name} does not take`);
  if (name === 'migrate') return { name };
  if (name === 'backup') return { name, to, keep: keep === undefined ? undefined : keepOf(keep) };
  if (from === undefined) throw wrong(`lack --from, a set, a folder of sets, or latest`);
  return { name: name === 'restore' ? 'restore' : 'verify', from };
}

function parsedArgs(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { to: { type: 'string' }, keep: { type: 'string' }, from: { type: 'string' }, help: { type: 'boolean', short: 'h' }, check: { type: 'boolean' } },
    });
  } catch (error) {
    throw wrong(`are not understood: ${types.isNativeError(error) ? error.message : String(error)}`);
  }
}

function keepOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw wrong('give --keep, which must be a whole number from 1');
  return Number(text);
}

const wrong = (message: string): ConfigError => new ConfigError([{ path: 'arguments', message }]);

export function helpText(): string {
  return [
    'nautilus migrator: the schema of the database, its backup and its restoration.',
    '',
    '  migrate                      bring the schema up to date; repeated, it changes nothing',
    '  backup [--to DIR] [--keep N] one snapshot of all tables as a new, verified set in DIR; then remove all',
    '                               but the newest N sets. One folder belongs to one database',
    '  restore --from WHAT          fill an empty database from a set: all of it, or nothing',
    '  verify --from WHAT           read a whole set and compare it with its checksums; needs no database',
    '  --check                      read the settings, say what is wrong with them, and end',
    '  --help                       show this text',
    '',
    'WHAT is a set, a folder of sets (its newest is taken), or latest: the newest in MIGRATOR_BACKUP_DIR.',
    'Exit code: 0 done, 1 failed, 78 wrong settings or arguments.',
    '',
    'Variables:',
    ...Object.values(settings).map(({ env, help, shown, secret }) => `  ${`${env}${secret ? '[_FILE]' : ''}`.padEnd(26)} ${help} [${shown}]`),
    '',
  ].join('\n');
}
