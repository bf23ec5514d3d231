import { createForwarder, setting, type EngineContext, type Forwarder } from '@nautilus/engine';
import { Balancer } from './balancer.ts';
import { BusRates } from './bus-rates.ts';
import { ENDPOINTS, endpointsByFolder, urlOf } from './registry.ts';
import { EngineWatch } from './watch.ts';

export const settings = {
  engineHost: setting.text('GATEWAY_ENGINE_HOST', 'localhost', {
    help: 'Host of the engines; `{service}` stands for the name of an engine\'s Kubernetes Service.',
  }),
  lookEveryMs: setting.milliseconds('GATEWAY_LOOK_EVERY_MS', 2_000, { min: 100, help: 'How often every engine is asked for its health.' }),
  upstreamTimeoutMs: setting.milliseconds('GATEWAY_UPSTREAM_TIMEOUT_MS', 30_000, {
    min: 100,
    help: 'An engine that has not begun to answer by then counts as failed.',
  }),
};

export const metrics = {
  proxied: { kind: 'counter', name: 'nautilus_gateway_requests_total', help: 'Requests passed on, by engine and outcome.', labels: ['engine', 'outcome'] },
  audited: { kind: 'counter', name: 'nautilus_gateway_audited_total', help: 'Messages written to the audit stream.' },
} as const;

export interface State {
  readonly watch: EngineWatch;
  readonly rates: BusRates;
  readonly forwarder: Forwarder;
  /** By folder, e.g. `vpin`. */
  readonly balancers: ReadonlyMap<string, Balancer>;
}

export type Context = EngineContext<typeof settings, State, typeof metrics>;

export function createState(context: EngineContext<typeof settings, undefined, typeof metrics>): State {
  const { engineHost, upstreamTimeoutMs } = context.settings;
  const balancers = [...endpointsByFolder(ENDPOINTS)].map(
    ([folder, endpoints]) =>
      [folder, new Balancer(endpoints.map((endpoint) => urlOf(endpoint, engineHost)), () => context.clock.monotonic())] as const,
  );
  return {
    watch: new EngineWatch(ENDPOINTS, engineHost, context.clock),
    rates: new BusRates(() => context.clock.monotonic()),
    forwarder: createForwarder({ timeoutMs: upstreamTimeoutMs }),
    balancers: new Map(balancers),
  };
}
