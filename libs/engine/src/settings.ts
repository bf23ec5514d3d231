import { readFileSync } from 'node:fs';

/** One setting: the variable's name, its rule, its default, and a line of help. */
export interface Setting<T> {
  readonly env: string;
  readonly help: string;
  /** How it is written in documentation: `0.8`, `250 ms`, `required`. */
  readonly shown: string;
  readonly unit?: string;
  readonly secret: boolean;
  readonly required: boolean;
  /** Carries the type; the default when there is one. */
  readonly value?: T;
  /** The value, or the rule that the text breaks. The text itself is never repeated. */
  readonly parse: (text: string) => Parsed<T>;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly rule: string };

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a shape holds settings of many types
export type SettingsShape = Readonly<Record<string, Setting<any>>>;

/** Variables by name, as a process gets them. An empty text counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** In the place of a default: there is no start without the variable. */
export const required: unique symbol = Symbol('required');

export interface SettingOptions {
  readonly help?: string;
}
export interface NumberOptions extends SettingOptions {
  /** Inclusive. */
  readonly min?: number;
  /** Inclusive. */
  readonly max?: number;
  readonly unit?: string;
}
export interface TextOptions extends SettingOptions {
  readonly pattern?: RegExp;
  /** What the pattern asks for, in words: `must be …`. */
  readonly rule?: string;
}
export interface UrlOptions extends SettingOptions {
  /** Without the colon; any when left out. */
  readonly protocols?: readonly string[];
  /** For addresses that carry a password. */
  readonly secret?: boolean;
}

/** A default makes the value certain; `undefined` leaves it open; `required` asks for the variable. */
interface Make<T, Options> {
  (env: string, fallback: T | typeof required, options?: Options): Setting<T>;
  (env: string, fallback: undefined, options?: Options): Setting<T | undefined>;
}

interface Kind<T> {
  readonly parse: (text: string) => Parsed<T>;
  readonly show?: (value: T) => string;
  readonly unit?: string;
  readonly secret?: boolean;
}

const accept = <T>(value: T): Parsed<T> => ({ ok: true, value });
const refuse = (rule: string): Parsed<never> => ({ ok: false, rule });

function build<T>(env: string, fallback: T | typeof required | undefined, kind: Kind<T>, options: SettingOptions | undefined): Setting<T> {
  const secret = kind.secret ?? false;
  const show = kind.show ?? String;
  const shown =
    fallback === required ? 'required'
    : fallback === undefined || show(fallback) === '' ? 'unset'
    : secret ? '[secret]'
    : kind.unit === undefined ? show(fallback)
    : `${show(fallback)} ${kind.unit}`;
  return {
    env,
    help: options?.help ?? '',
    shown,
    secret,
    required: fallback === required,
    parse: kind.parse,
    ...(kind.unit === undefined ? {} : { unit: kind.unit }),
    ...(fallback === required || fallback === undefined ? {} : { value: fallback }),
  };
}

/** Turns a rule for values into a constructor of settings; checks that the default keeps the rule too. */
function kindOf<T, Options extends SettingOptions>(describe: (options: Options | undefined) => Kind<T>): Make<T, Options> {
  return ((env: string, fallback: T | typeof required | undefined, options?: Options) => {
    const kind = describe(options);
    const built = build(env, fallback, kind, options);
    if (built.value !== undefined && kind.secret !== true) {
      const checked = kind.parse((kind.show ?? String)(built.value));
      if (!checked.ok && (kind.show ?? String)(built.value) !== '') throw new Error(`the default of ${env} ${checked.rule}`);
    }
    return built;
  }) as Make<T, Options>;
}

const within = (what: string, { min, max, unit }: NumberOptions, extra = ''): string => {
  const measure = unit === undefined ? '' : ` (${unit})`;
  if (min !== undefined && max !== undefined) return `must be ${what} from ${min} to ${max}${measure}${extra}`;
  if (min !== undefined) return `must be ${what} of at least ${min}${measure}${extra}`;
  if (max !== undefined) return `must be ${what} of at most ${max}${measure}${extra}`;
  return `must be ${what}${measure}${extra}`;
};

function numeric(what: string, whole: boolean, defaults: NumberOptions): Make<number, NumberOptions> {
  return kindOf((options) => {
    const rules: NumberOptions = { ...defaults, ...options };
    const rule = within(what, rules);
    return {
      ...(rules.unit === undefined ? {} : { unit: rules.unit }),
      parse: (text) => {
        // Number('') is 0 and Number('0x10') is 16: neither is what was meant.
        const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
        const allowed = Number.isFinite(value) && (!whole || Number.isSafeInteger(value));
        return allowed && value >= (rules.min ?? -Infinity) && value <= (rules.max ?? Infinity) ? accept(value) : refuse(rule);
      },
    };
  });
}

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ['1', true], ['true', true], ['yes', true],
  ['0', false], ['false', false], ['no', false],
]);

const splitList = (text: string): string[] => text.split(',').map((item) => item.trim()).filter((item) => item !== '');

function fits(text: string, options: TextOptions | undefined): Parsed<string> {
  return options?.pattern === undefined || options.pattern.test(text) ? accept(text) : refuse(options.rule ?? `must match ${options.pattern.source}`);
}

function parseUrl(text: string, protocols: readonly string[] | undefined): Parsed<string> {
  const rule = `must be a URL${protocols === undefined ? '' : ` beginning with ${protocols.map((p) => `${p}://`).join(' or ')}`}`;
  const url = URL.parse(text);
  if (url === null) return refuse(rule);
  return protocols === undefined || protocols.includes(url.protocol.slice(0, -1)) ? accept(text) : refuse(rule);
}

/**
 * Constructors of settings: variable, default, options. Lists are separated by commas. Secrets are also read from
 * the file that `<NAME>_FILE` names and are never shown.
 */
export const setting = {
  text: kindOf<string, TextOptions>((options) => ({ parse: (text) => fits(text, options) })),
  integer: numeric('a whole number', true, {}),
  number: numeric('a number', false, {}),
  /** A fraction: 0 to 1 unless other limits are given. */
  ratio: numeric('a number', false, { min: 0, max: 1 }),
  milliseconds: numeric('a whole number', true, { min: 0, unit: 'ms' }),
  boolean: kindOf<boolean, SettingOptions>(() => ({
    show: (value) => (value ? '1' : '0'),
    parse: (text) => {
      const value = WORDS.get(text.toLowerCase());
      return value === undefined ? refuse('must be 1 or 0, true or false, yes or no') : accept(value);
    },
  })),
  list: kindOf<readonly string[], TextOptions>((options) => ({
    show: (items) => items.join(','),
    parse: (text) => {
      const items = splitList(text);
      const bad = items.map((item) => fits(item, options)).find((result) => !result.ok);
      return bad === undefined || bad.ok ? accept(items) : refuse(`each item, separated by commas, ${bad.rule}`);
    },
  })),
  secret: kindOf<string, TextOptions>((options) => ({ secret: true, parse: (text) => fits(text, options) })),
  /** A secret with a form of its own; `parse` gives undefined for a text that breaks it. */
  parsedSecret<T>(env: string, fallback: T, parse: (text: string) => T | undefined, rule: string, options?: SettingOptions): Setting<T> {
    const kind: Kind<T> = {
      secret: true,
      show: () => '',
      parse: (text) => {
        const value = parse(text);
        return value === undefined ? refuse(rule) : accept(value);
      },
    };
    return build<T>(env, fallback, kind, options);
  },
  url: kindOf<string, UrlOptions>((options) => ({
    secret: options?.secret ?? false,
    parse: (text) => parseUrl(text, options?.protocols),
  })),
  /** One word of a closed list. */
  choice<const Options extends readonly string[]>(
    env: string,
    fallback: Options[number] | typeof required,
    choices: Options,
    options?: SettingOptions,
  ): Setting<Options[number]> {
    const kind: Kind<Options[number]> = {
      parse: (text) => (choices.includes(text) ? accept(text) : refuse(`must be one of ${choices.join(', ')}`)),
    };
    return build(env, fallback, kind, options);
  },
} as const;

/** The text of a setting, from its variable or from the file that `<NAME>_FILE` names; the rule it broke otherwise. */
export function textOf(entry: Setting<unknown>, environment: Environment): Parsed<string | undefined> {
  const direct = environment[entry.env]?.trim() || undefined;
  const file = entry.secret ? environment[`${entry.env}_FILE`]?.trim() || undefined : undefined;
  if (file === undefined) return accept(direct);
  if (direct !== undefined) return refuse(`is given twice: by itself and by ${entry.env}_FILE`);
  try {
    return accept(readFileSync(file, 'utf8').trim() || undefined);
  } catch (error) {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
    return refuse(`cannot be read from the file that ${entry.env}_FILE names${typeof code === 'string' ? ` (${code})` : ''}`);
  }
}

/** The environment of this process. The composition root reads it once and hands it on. */
export function processEnvironment(): Environment {
  return process.env;
}
