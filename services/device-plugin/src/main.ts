import {
  commandOf, createLogger, createLogSink, EXIT, helpOf, ignoreClosedOutput, processEnvironment, systemAmbient, tellStartFailure,
} from '@nautilus/engine';
import { startDevicePlugin, type DevicePlugin } from './device-plugin.ts';
import { probeNode } from './devices.ts';
import { declaration, pluginSettings, type PluginSettings } from './settings.ts';

const STANDARD_OUTPUT = 1;
/** Below the grace period that Kubernetes gives by default. */
const END_WITHIN_MS = 20_000;

ignoreClosedOutput();
const command = commandOf(process.argv.slice(2));
if (command === 'help' || command === undefined) {
  (command === 'help' ? process.stdout : process.stderr).write(helpOf(declaration));
  process.exit(command === 'help' ? EXIT.clean : EXIT.configuration);
}
const settings = settingsOrExit();
if (command === 'check') {
  process.stdout.write(`The settings of ${declaration.name} are valid; it would put its sockets into ${settings.socketFolder}.\n`);
} else {
  await serve(settings);
}

function settingsOrExit(): PluginSettings {
  try {
    return pluginSettings(processEnvironment());
  } catch (error) {
    return process.exit(tellStartFailure(error));
  }
}

async function serve({ socketFolder, deviceFolder, cpuSlots, metricsPort, logLevel }: PluginSettings): Promise<void> {
  const ambient = systemAmbient();
  const sink = createLogSink(STANDARD_OUTPUT);
  const log = createLogger({ level: logLevel, now: () => ambient.clock.now(), sinks: [sink], fields: { engine: declaration.name } });
  const exit = (code: number): never => {
    sink.flush();
    process.exit(code);
  };
  const endOnDefect = (error: unknown): never => {
    log.error({ error }, 'a defect ends the process');
    return exit(EXIT.failed);
  };
  process.on('uncaughtException', endOnDefect);
  process.on('unhandledRejection', endOnDefect);

  let plugin: DevicePlugin;
  try {
    plugin = await startDevicePlugin({ socketFolder, metricsPort, ambient, log, probe: () => probeNode(cpuSlots, deviceFolder) });
  } catch (error) {
    return exit(tellStartFailure(error));
  }
  log.info({ port: plugin.metricsPort, socketFolder }, 'started');
  let signals = 0;
  const end = (signal: string): void => {
    signals += 1;
    if (signals > 1) exit(EXIT.failed);
    log.info({ signal }, 'ending');
    ambient.delay(END_WITHIN_MS, () => {
      log.error({}, 'ending took too long and is forced');
      exit(EXIT.failed);
    });
    void plugin.stop().then(() => exit(EXIT.clean));
  };
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  process.on('SIGHUP', () => plugin.reread());
  try {
    await plugin.ended;
  } catch (error) {
    log.error({ error }, 'the device plugin gives up');
    exit(EXIT.failed);
  }
}
