/**
 * What a repository needs of a database. Rows come as arrays in column order: int8 as bigint, other numbers as
 * number, bytea as Buffer, json parsed, everything else as the server's text. Array parameters are given as
 * array literals (see `arrayLiteral`), which both drivers pass on unchanged.
 */
export type Parameter = string | number | bigint | boolean | Uint8Array | null;

export interface Sql {
  query<R extends readonly unknown[]>(text: string, parameters?: readonly Parameter[]): Promise<R[]>;
  /** Several statements without parameters. */
  script(text: string): Promise<void>;
}

export interface Driver extends Sql {
  readonly name: 'postgresql' | 'embedded';
  /** Commits when `work` resolves, else rolls back. `snapshot`: read only, and all statements see one state. */
  transaction<T>(work: (sql: Sql) => Promise<T>, options?: { readonly snapshot?: boolean }): Promise<T>;
  state(): DriverState;
  close(): Promise<void>;
}

export interface DriverState {
  readonly connected: boolean;
  readonly active: number;
  readonly max: number;
  readonly lastError: string | null;
}

const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => text === 't' || text === 'true',
  17: (text) => Buffer.from(text.slice(2), 'hex'),
  20: BigInt,
  21: Number,
  23: Number,
  700: Number,
  701: Number,
  114: (text) => JSON.parse(text) as unknown,
  3802: (text) => JSON.parse(text) as unknown,
};

const asText = (text: string): string => text;

/** How a column of the type `oid`, given as text, becomes a value. One table for both drivers. */
export function parserOf(oid: number): (text: string) => unknown {
  return PARSERS[oid] ?? asText;
}

/** For a driver that wants all parsers at once; types not listed must come as text. */
export const TEXT_PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  ...PARSERS,
  1082: asText, 1114: asText, 1184: asText, 1700: asText,
};
