/** pino's shape, reduced to what engines use. One line of JSON per call; no bodies, tokens or connection strings. */
export interface Logger {
  info(fields: Readonly<Record<string, unknown>>, text: string): void;
  warn(fields: Readonly<Record<string, unknown>>, text: string): void;
  error(fields: Readonly<Record<string, unknown>>, text: string): void;
  debug(fields: Readonly<Record<string, unknown>>, text: string): void;
  child(fields: Readonly<Record<string, unknown>>): Logger;
}
