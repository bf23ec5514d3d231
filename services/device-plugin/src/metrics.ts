import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Inventory } from './inventory.ts';
import { RESOURCES, resourceName, type Resource } from './resources.ts';

/** Why a plugin server was started again. */
export const RESTART_REASONS = ['kubelet_restarted', 'socket_removed', 'watch_lost', 'registration_failed', 'server_failed'] as const;
export type RestartReason = (typeof RESTART_REASONS)[number];

const ALLOCATION_RESULTS = ['granted', 'refused'] as const;
type AllocationResult = (typeof ALLOCATION_RESULTS)[number];

const HEALTHS = ['Healthy', 'Unhealthy'] as const;

/** Format: https://prometheus.io/docs/instrumenting/exposition_formats/, text version 0.0.4. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;

/** Counts of this process. Every series of the closed label sets exists from the start, at zero. */
export class PluginMetrics {
  readonly #inventory: Inventory;
  readonly #allocations = new Map<string, number>();
  readonly #restarts = new Map<string, number>();

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  /** One Allocate call was answered. */
  allocated(resource: Resource, result: AllocationResult): void {
    count(this.#allocations, resource, result);
  }

  restarted(resource: Resource, reason: RestartReason): void {
    count(this.#restarts, resource, reason);
  }

  /** All series in Prometheus text. */
  text(): string {
    const devices = RESOURCES.flatMap((resource) => {
      const offered = this.#inventory.devices(resource);
      const kinds = offered.length === 0 ? (['cpu'] as const) : [...new Set(offered.map(({ kind }) => kind))];
      return kinds.flatMap((kind) =>
        HEALTHS.map((health) => ({
          labels: { resource: resourceName(resource), kind, health },
          value: offered.filter((device) => device.kind === kind && device.health === health).length,
        })),
      );
    });
    const series = (counts: ReadonlyMap<string, number>, label: string, values: readonly string[]) =>
      RESOURCES.flatMap((resource) =>
        values.map((value) => ({ labels: { resource: resourceName(resource), [label]: value }, value: counts.get(keyOf(resource, value)) ?? 0 })),
      );
    return [
      family('nautilus_device_plugin_devices', 'gauge', 'Devices offered, by what they really are.', devices),
      family('nautilus_device_plugin_allocations_total', 'counter', 'Allocate calls answered.', series(this.#allocations, 'result', ALLOCATION_RESULTS)),
      family('nautilus_device_plugin_restarts_total', 'counter', 'Plugin servers started again.', series(this.#restarts, 'reason', RESTART_REASONS)),
    ].join('');
  }
}

const keyOf = (resource: Resource, value: string): string => `${resource} ${value}`;

function count(counts: Map<string, number>, resource: Resource, value: string): void {
  const key = keyOf(resource, value);
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Label values come from closed sets without quotes, backslashes and line ends, so nothing needs escaping. */
function family(name: string, type: 'gauge' | 'counter', help: string, series: readonly { readonly labels: Labels; readonly value: number }[]): string {
  const rows = series.map(({ labels, value }) => `${name}{${Object.entries(labels).map(([key, text]) => `${key}="${text}"`).join(',')}} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${rows.join('')}`;
}

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** `/metrics` and `/health/live` on every interface; port 0 takes a free one. Rejects when the port is taken. */
export async function serveMetrics(metrics: PluginMetrics, port: number): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const answer = (code: number, type: string, body: string): void => {
      response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const path = request.url?.split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, 'text/plain', 'Only GET is answered.\n');
    else if (path === '/metrics') answer(200, CONTENT_TYPE, metrics.text());
    else if (path === '/health/live') answer(200, 'application/json', '{"status":"alive"}\n');
    else answer(404, 'text/plain', 'There are /metrics and /health/live.\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
