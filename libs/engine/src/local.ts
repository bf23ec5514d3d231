import { CannotStart, checkNode, checkPorts, endpointsOf, loadDeclarations } from './local/preflight.ts';
import { LocalPlatform, openSharedStore, type PlatformParts } from './local/local-platform.ts';
import { Progress } from './local/progress.ts';
import { owner } from './local/supervisor.ts';
import { createLogger, createLogSink, prettySink, type LogSink } from './log.ts';
import { parseSharedSettings } from './parse-settings.ts';
import { EXIT, ignoreClosedOutput, tellStartFailure } from './run.ts';
import { processEnvironment } from './settings.ts';
import { logSinks, systemAmbient } from './supplies.ts';

const HELP = `Runs engines in one process, without servers.

  node libs/engine/src/local.ts <engine file>...      for example services/*/src/engine.ts

Each engine listens on its declared port. MARKETDATA_REDIS_HOST (and the other bus addresses) and DATABASE_URL
bring in real servers; without them the bus lives in this process and the database in .nautilus/
(NAUTILUS_STATE_DIR). LOG_LEVEL sets how much is logged; docs/settings.md lists all variables.
Ctrl-C ends everything in order; a second one ends at once.
`;
const STANDARD_OUTPUT = 1;

/** One process with all engines named on the command line, from the first check to the exit code. */
async function main(files: readonly string[]): Promise<void> {
  ignoreClosedOutput();
  if (files.includes('--help') || files.includes('-h')) {
    process.stdout.write(HELP);
    return;
  }
  const ambient = systemAmbient();
  const startedMs = ambient.clock.monotonic();
  const progress = new Progress({ isTerminal: process.stderr.isTTY, write: (text) => void process.stderr.write(text) }, ambient.clock, ambient.delay);
  const sinks: LogSink[] = [];
  const exit = (code: number): never => {
    progress.stop();
    for (const sink of sinks) sink.flush();
    process.exit(code);
  };
  const refuse = (error: unknown): never => {
    progress.clear();
    if (!(error instanceof CannotStart)) exit(tellStartFailure(error));
    process.stderr.write(`${(error as Error).message}\n`);
    return exit(EXIT.failed);
  };

  let parts: PlatformParts;
  let platform: LocalPlatform;
  const store = Promise.withResolvers<Awaited<ReturnType<typeof openSharedStore>>>();
  store.promise.catch(() => undefined);
  try {
    checkNode(process.versions.node);
    const environment = processEnvironment();
    const shared = parseSharedSettings(environment);
    sinks.push(...logSinks(shared, 'nautilus', terminalSink(progress)));
    const log = createLogger({ level: shared.logLevel, now: () => ambient.clock.now(), sinks, fields: {} });
    parts = { shared, environment, ambient, log, progress };
    const declarations = await progress.during('the engines\' code', loadDeclarations(files));
    platform = new LocalPlatform(declarations, store.promise, parts);
    await checkPorts(endpointsOf(declarations));
  } catch (error) {
    return refuse(error);
  }

  let signals = 0;
  const end = (code: number): void => {
    signals += 1;
    if (signals > 1) exit(EXIT.failed);
    progress.clear();
    process.stderr.write('Ending; Ctrl-C again ends at once.\n');
    const { shutdownTimeoutMs } = parts.shared;
    ambient.delay(shutdownTimeoutMs, () => exit(EXIT.failed));
    void platform.stop(shutdownTimeoutMs * 0.9).then((clean) => exit(clean ? code : EXIT.failed));
  };
  process.on('SIGINT', () => end(EXIT.clean));
  process.on('SIGTERM', () => end(EXIT.clean));
  const defect = (error: unknown): void => {
    const engine = owner.getStore();
    if (engine !== undefined) return engine.defect(error);
    parts.log.error({ error }, 'a defect outside of every engine ends the process');
    exit(EXIT.failed);
  };
  process.on('uncaughtException', defect);
  process.on('unhandledRejection', defect);

  const opened = openSharedStore(platform.declarations, parts);
  opened.then(store.resolve, (error: unknown) => {
    store.reject(error);
    if (signals === 0) refuse(error);
  });
  await platform.start();
  if (signals > 0) return;
  progress.stop();
  process.stderr.write(platform.summary(ambient.clock.monotonic() - startedMs));
}

/** A person at a terminal reads sentences; a file or a pipe gets the JSON lines of the contract. */
function terminalSink(progress: Progress): LogSink {
  const output = createLogSink(STANDARD_OUTPUT);
  if (!process.stdout.isTTY) return output;
  const pretty = prettySink(output);
  return {
    write: (line) => {
      progress.clear();
      pretty.write(line);
    },
    flush: () => pretty.flush(),
  };
}

await main(process.argv.slice(2));
