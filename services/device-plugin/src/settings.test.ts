import { describe, expect, it } from '@jest/globals';
import { pluginSettings } from './settings.ts';

describe('settings', () => {
  it('have defaults that fit a node', () => {
    expect(pluginSettings({})).toEqual({ socketFolder: '/var/lib/kubelet/device-plugins', deviceFolder: '/dev', cpuSlots: 4, metricsPort: 9400, logLevel: 'info' });
  });

  it('come from the environment, zero slots included', () => {
    expect(pluginSettings({ DEVICE_PLUGIN_CPU_SLOTS: '0', DEVICE_PLUGIN_SOCKET_DIR: '/run/x', DEVICE_PLUGIN_METRICS_PORT: '0' })).toMatchObject({
      cpuSlots: 0, socketFolder: '/run/x', metricsPort: 0,
    });
  });

  it.each([
    [{ DEVICE_PLUGIN_CPU_SLOTS: '-1' }, 'DEVICE_PLUGIN_CPU_SLOTS'],
    [{ DEVICE_PLUGIN_SOCKET_DIR: 'relative' }, 'absolute path'],
    // With a socket's name it would be longer than the 107 characters that the system takes.
    [{ DEVICE_PLUGIN_SOCKET_DIR: `/${'x'.repeat(66)}` }, 'at most 66 characters'],
    [{ DEVICE_PLUGIN_CPU_SLOT: '3' }, 'did you mean DEVICE_PLUGIN_CPU_SLOTS'],
  ])('refuse %j', (environment, message) => {
    expect(() => pluginSettings(environment)).toThrow(message);
  });
});
