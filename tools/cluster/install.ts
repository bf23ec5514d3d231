import type { LoadedImages } from './kind.ts';
import { run, step } from './shell.ts';

/** A release of the chart. */
export interface Target {
  readonly release: string;
  readonly namespace: string;
}

export interface InstallOptions extends Target {
  readonly images: LoadedImages;
  readonly valueFiles: readonly string[];
  /** `key=value`, as `helm --set` takes them. */
  readonly settings: readonly string[];
}

/** Installs or upgrades and ends when everything is ready. */
export async function install({ release, namespace, images, valueFiles, settings }: InstallOptions): Promise<void> {
  run('kubectl', 'apply', '--filename', 'k8s/metrics-server.yaml');
  const grafana = images.missing.some((image) => image.includes('grafana'));
  if (grafana) console.log('Grafana is switched off: its image cannot be had here.');
  const others = images.missing.filter((image) => !image.includes('grafana'));
  if (others.length > 0) throw new Error(`images cannot be had: ${others.join(', ')}`);
  await step('installed, everything is ready', () => run(
    'helm', 'upgrade', release, 'charts/nautilus', '--install', '--namespace', namespace, '--create-namespace',
    '--set-string', `image.tag=${images.tag}`,
    ...(grafana ? ['--set', 'monitoring.grafana.enabled=false'] : []),
    ...valueFiles.flatMap((file) => ['--values', file]),
    ...settings.flatMap((setting) => ['--set', setting]),
    '--wait', '--wait-for-jobs', '--timeout', '10m',
  ));
}
