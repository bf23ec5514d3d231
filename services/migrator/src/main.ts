import { asNautilusError } from '@nautilus/model';
import { EXIT, ignoreClosedOutput, processEnvironment, readSettings, systemAmbient } from '@nautilus/engine';
import { commandOf, helpText } from './command-line.ts';
import { execute } from './commands.ts';
import { showProgress } from './progress.ts';
import { settings as shape } from './settings.ts';

/** The program from its arguments to its exit code. */
async function main(args: readonly string[]): Promise<number> {
  const command = commandOf(args);
  if (command.name === 'help') {
    process.stdout.write(helpText());
    return EXIT.clean;
  }
  const settings = readSettings(shape, processEnvironment());
  if (command.name === 'check') {
    process.stdout.write('The settings of the migrator are valid.\n');
    return EXIT.clean;
  }
  const ambient = systemAmbient();
  const output = { isTerminal: process.stderr.isTTY, write: (text: string) => void process.stderr.write(text) };
  await execute(command, {
    settings,
    ambient,
    say: (line) => void process.stdout.write(`${line}\n`),
    progress: (title) => showProgress(title, output, process.stderr, ambient.clock),
  });
  return EXIT.clean;
}

/** Says in sentences for a person why nothing was done, and gives the exit code. */
function tell(error: unknown): number {
  const known = asNautilusError(error);
  if (known?.kind === 'config') {
    for (const { path, message } of known.problems) process.stderr.write(`${path} ${message}.\n`);
    return EXIT.configuration;
  }
  process.stderr.write(`Failed: ${error instanceof Error ? (known === undefined ? (error.stack ?? error.message) : error.message) : String(error)}\n`);
  return EXIT.failed;
}

ignoreClosedOutput();
// The first process of a container has no default for these. What is begun is undone by the server, and by the next backup.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    process.stderr.write(`Failed: ended by ${signal}.\n`);
    process.exit(EXIT.failed);
  });
}
process.exitCode = await main(process.argv.slice(2)).catch(tell);
