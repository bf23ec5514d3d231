import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';

/** pino's shape, reduced to what engines use. One line of JSON per call; no bodies, tokens or connection strings. */
export interface Logger {
  info(fields: Readonly<Record<string, unknown>>, text: string): void;
  warn(fields: Readonly<Record<string, unknown>>, text: string): void;
  error(fields: Readonly<Record<string, unknown>>, text: string): void;
  debug(fields: Readonly<Record<string, unknown>>, text: string): void;
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Takes finished lines, each with its line end. */
export interface LogSink {
  write(line: string): void;
  /** Blocks until everything is written: what ends a process calls it last. */
  flush(): void;
}

/**
 * Lines to a file descriptor or a file without waiting for the disk or the reader. A reader that went away (a
 * closed pipe) or a full disk loses lines, never the process.
 */
export function createLogSink(target: number | string): LogSink {
  const destination = pino.destination({ dest: target, sync: false, mkdir: true });
  let broken = false;
  destination.on('error', () => (broken = true));
  return {
    write: (line) => void (broken || destination.write(line)),
    flush: () => {
      if (broken) return;
      try {
        destination.flushSync();
      } catch {
        // Thrown when the file was not opened yet or the reader went away: nothing is left to save.
      }
    },
  };
}

/** `<LOG_DIR>/<service>.log`; the folder is made. Throws when it cannot be. */
export function logFile(directory: string, service: string): string {
  mkdirSync(directory, { recursive: true });
  return join(directory, `${service}.log`);
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly now: () => number;
  readonly sinks: readonly Pick<LogSink, 'write'>[];
  /** On every line, e.g. engine and instance. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One schema for all: time, level, what the fields say, message, error. */
export function createLogger({ level, now, sinks, fields }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { ...fields },
      messageKey: 'message',
      errorKey: 'error',
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: errorFields },
    },
    { write: (line) => sinks.forEach((sink) => sink.write(line)) },
  );
}

/** What a log line says of an error; anything can be thrown, so anything is accepted. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code: unknown = Reflect.get(error, 'code') ?? Reflect.get(error, 'kind');
  return {
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
  };
}

const COLOURS: Readonly<Record<string, string>> = { error: '\u001b[31m', warn: '\u001b[33m', info: '\u001b[32m', debug: '\u001b[90m' };
const PLAIN = '\u001b[0m';
const HIDDEN = new Set(['time', 'level', 'message', 'engine', 'instance', 'error']);

/** A log line for a person at a terminal: `10:15:02 info  vpin: ready port=10000`. */
function prettyLine(line: string): string {
  const entry = JSON.parse(line) as Record<string, unknown>;
  const level = String(entry.level);
  const error = entry.error as { message?: string } | undefined;
  const rest = Object.entries(entry)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const parts = [`${String(entry.engine ?? 'nautilus')}: ${String(entry.message)}`, ...rest];
  if (error !== undefined) parts.push(`(${error.message ?? JSON.stringify(error)})`);
  return `${String(entry.time).slice(11, 19)} ${COLOURS[level] ?? ''}${level.padEnd(5)}${PLAIN} ${parts.join(' ')}\n`;
}

export const prettySink = (sink: LogSink): LogSink => ({ write: (line) => sink.write(prettyLine(line)), flush: () => sink.flush() });
