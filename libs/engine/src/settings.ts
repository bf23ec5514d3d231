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
  readonly parse: (text: string) => { readonly ok: true; readonly value: T } | { readonly ok: false; readonly rule: string };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a shape holds settings of many types
export type SettingsShape = Readonly<Record<string, Setting<any>>>;
