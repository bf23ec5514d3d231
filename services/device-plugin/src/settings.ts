import { defineEngine, parseSettings, setting, type Environment, type SettingsValues, type SharedSettings } from '@nautilus/engine';

const settings = {
  socketFolder: setting.text('DEVICE_PLUGIN_SOCKET_DIR', '/var/lib/kubelet/device-plugins', {
    // The longest socket name has 40 characters; Linux takes paths of up to 107.
    pattern: /^\/.{0,65}$/,
    rule: 'must be an absolute path of at most 66 characters',
    help: 'Folder of kubelet.sock, where the plugin puts its own sockets.',
  }),
  deviceFolder: setting.text('DEVICE_PLUGIN_DEV_DIR', '/dev', { pattern: /^\//, rule: 'must be an absolute path', help: 'Where the `/dev` of the node is seen; the chart mounts it beside the container\'s own.' }),
  cpuSlots: setting.integer('DEVICE_PLUGIN_CPU_SLOTS', 4, {
    min: 0, max: 1_000,
    help: 'Slots per resource on a node without an accelerator; containers there are told NAUTILUS_DEVICE_KIND=cpu.',
  }),
  metricsPort: setting.integer('DEVICE_PLUGIN_METRICS_PORT', 9400, { min: 0, max: 65_535, help: 'Port of /metrics and /health/live; 0 takes a free one.' }),
};

/** Name, help and settings in the form that every part has; the plugin is no engine and has neither bus nor store. */
export const declaration = defineEngine({
  name: 'device-plugin',
  kind: 'platform',
  summary: 'Offers accelerators, or slots that say they are CPU, to the kubelet of its node.',
  ports: { dual: 9400 },
  needs: [],
  settings,
});

export type PluginSettings = SettingsValues<typeof settings> & Pick<SharedSettings, 'logLevel'>;

/** Throws ConfigError with every problem; a misspelt DEVICE_PLUGIN_ variable is one. */
export function pluginSettings(environment: Environment): PluginSettings {
  const { own, shared } = parseSettings(declaration, environment);
  return { ...(own as SettingsValues<typeof settings>), logLevel: shared.logLevel };
}
