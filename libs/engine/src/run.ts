import { hostname } from 'node:os';
import { join } from 'node:path';
import { asNautilusError, ConfigError } from '@nautilus/model';
import { MemoryNetwork } from '@nautilus/bus';
import type { Composition } from './composition.ts';
import { commandOf, helpOf } from './command-line.ts';
import type { AnyEngine } from './declaration.ts';
import { leaseStore } from './embedded-store.ts';
import { EngineRuntime } from './engine-runtime.ts';
import { probeHardware } from './hardware.ts';
import { buildInfo, declaredPort } from './identity.ts';
import { createLogger, createLogSink, type LogSink, type Logger } from './log.ts';
import { parseSettings, type EngineSettings } from './parse-settings.ts';
import { processEnvironment } from './settings.ts';
import { colourTurn, leaseTurn, type Turn } from './turn.ts';
import { busSupply, dataDirectory, jobsSupply, logSinks, stateDirectory, systemAmbient } from './supplies.ts';

export const EXIT = { clean: 0, failed: 1, configuration: 78 } as const;
const STANDARD_OUTPUT = 1;

/** One engine as a process of its own, from settings to exit code. */
export async function run(declaration: AnyEngine): Promise<void> {
  ignoreClosedOutput();
  const command = commandOf(process.argv.slice(2));
  if (command === 'help' || command === undefined) {
    (command === 'help' ? process.stdout : process.stderr).write(helpOf(declaration));
    process.exit(command === 'help' ? EXIT.clean : EXIT.configuration);
  }
  let settings: EngineSettings;
  let port: number;
  let turn: Turn | undefined;
  try {
    settings = parseSettings(declaration, processEnvironment());
    port = settings.shared.port ?? portOf(declaration, settings);
    turn = colourTurn(settings.shared, () => end('the switch'));
  } catch (error) {
    process.exit(tellStartFailure(error));
  }
  if (command === 'check') {
    process.stdout.write(`The settings of ${declaration.name} are valid; it would listen on port ${port}.\n`);
    return;
  }
  const { shared } = settings;
  const ambient = systemAmbient();
  const sinks = logSinks(shared, declaration.name, createLogSink(STANDARD_OUTPUT));
  const log = createLogger({ level: shared.logLevel, now: () => ambient.clock.now(), sinks, fields: {} });
  const exit = (code: number): never => {
    for (const sink of sinks) sink.flush();
    process.exit(code);
  };
  endOnDefects(log, sinks);

  if (shared.leaseName !== undefined) {
    try {
      turn = await leaseTurn(shared.leaseName, hostname(), ambient, log, () => end('the lost lease'));
    } catch (error) {
      log.error({ error }, 'NAUTILUS_LEASE_NAME is set, but this process is in no cluster');
      return exit(EXIT.configuration);
    }
  }
  const jobs = jobsSupply(shared, ambient);
  const composition: Composition = {
    settings, port, ambient, log,
    architecture: shared.architecture,
    host: hostname(),
    build: buildInfo(shared.gitSha),
    dataDirectory: dataDirectory(shared),
    hardware: hardwareOf(shared),
    drainWaitMs: shared.drainWaitMs,
    bus: busSupply(shared, ambient, new MemoryNetwork(() => ambient.clock.now())),
    openStore: () => leaseStore(shared, ambient, log, join(stateDirectory(shared), declaration.name), false),
    makeJobs: jobs,
    ...(turn === undefined ? {} : { turn }),
  };
  const runtime = new EngineRuntime(declaration, composition);
  let signals = 0;
  const end = (signal: string): void => {
    signals += 1;
    if (signals > 1) exit(EXIT.failed);
    log.info({ signal }, 'ending');
    ambient.delay(shared.shutdownTimeoutMs, () => {
      log.error({}, 'ending took too long and is forced');
      exit(EXIT.failed);
    });
    void runtime.stop(shared.shutdownTimeoutMs * 0.9).then((clean) => exit(clean ? EXIT.clean : EXIT.failed));
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));

  try {
    await runtime.listen();
    await runtime.start();
  } catch (error) {
    // Told to end while it started: `end` is on its way and gives the exit code.
    if (signals > 0) return;
    log.error({ error }, 'the start failed');
    const code = tellStartFailure(error);
    await runtime.stop(shared.shutdownTimeoutMs * 0.9);
    exit(code);
  }
}

function portOf(declaration: AnyEngine, { shared }: EngineSettings): number {
  const port = declaredPort(declaration, shared.architecture);
  if (port !== undefined) return port;
  throw new ConfigError([{ path: 'NAUTILUS_ARCHITECTURE', message: `${declaration.name} has no form on three buses` }]);
}

export function hardwareOf(shared: EngineSettings['shared']): Composition['hardware'] {
  return probeHardware({ auto: shared.autoHardwareRouting, neural: shared.neuralEngineEnabled, gpu: shared.metalAcceleration });
}

/** Writes why there was no start, in sentences for a person, and gives the exit code. */
export function tellStartFailure(error: unknown): number {
  const known = asNautilusError(error);
  if (known?.kind === 'config') {
    for (const problem of known.problems) process.stderr.write(`${problem.path} ${problem.message}.\n`);
    return EXIT.configuration;
  }
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  if (code === 'EADDRINUSE') process.stderr.write(`${busyPort(Number(Reflect.get(error as object, 'port')))}\n`);
  else process.stderr.write(`The start failed: ${error instanceof Error ? error.message : String(error)}\n`);
  return EXIT.failed;
}

export const busyPort = (port: number): string => `Port ${port} is in use: stop what listens there ("lsof -i :${port}" shows it).`;

/** A reader that closed our output wants no more of it; that is no reason to end. */
export function ignoreClosedOutput(): void {
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}

/** After a defect nothing in the process can be trusted: it is logged and the process ends. */
function endOnDefects(log: Logger, sinks: readonly LogSink[]): void {
  const end = (error: unknown, kind: string): void => {
    log.error({ error, kind }, 'a defect ends the process');
    for (const sink of sinks) sink.flush();
    process.exit(EXIT.failed);
  };
  process.on('uncaughtException', (error) => end(error, 'exception'));
  process.on('unhandledRejection', (reason) => end(reason, 'rejection'));
}
