import { createAuditStream, type AuditStream } from '@nautilus/bus';
import { createForwarder, setting, sharedSettings, type EngineContext, type Forwarder } from '@nautilus/engine';
import { Balancer } from './balancer.ts';
import { BusRates } from './bus-rates.ts';
import { Canaries } from './canaries.ts';
import { endpointsByFolder, urlOf, type Endpoint } from './registry.ts';
import { EngineWatch } from './watch.ts';

export const settings = {
  engineHost: setting.text('GATEWAY_ENGINE_HOST', 'localhost', {
    help: 'Host of the engines; `{service}` stands for the name of an engine\'s Service without the release, as in `nautilus-{service}`.',
  }),
  lookEveryMs: setting.milliseconds('GATEWAY_LOOK_EVERY_MS', 2_000, { min: 100, help: 'How often every engine is asked for its health.' }),
  upstreamTimeoutMs: setting.milliseconds('GATEWAY_UPSTREAM_TIMEOUT_MS', 30_000, {
    min: 100,
    help: 'An engine that has not begun to answer by then counts as failed.',
  }),
  canaryFile: setting.text('GATEWAY_CANARY_FILE', undefined, { help: 'JSON file with the percent of requests for the canary of each Service.' }),
  redisHost: sharedSettings.redisHost,
  redisPort: sharedSettings.redisPort,
  redisDb: sharedSettings.redisDb,
  redisUsername: setting.text('REDIS_USERNAME', undefined, { help: 'User of the audit bridge at the main Redis.' }),
  redisPassword: setting.secret('REDIS_PASSWORD', undefined, { help: 'Password of the audit bridge at the main Redis.' }),
  auditLength: setting.integer('AUDIT_STREAM_MAXLEN', 10_000, { min: 1, help: 'About how many messages the audit stream keeps.' }),
};

export const metrics = {
  proxied: { kind: 'counter', name: 'nautilus_gateway_requests_total', help: 'Requests passed on, by engine and outcome.', labels: ['engine', 'outcome'] },
  audited: { kind: 'counter', name: 'nautilus_gateway_audited_total', help: 'Messages written to the audit stream.' },
} as const;

export interface State {
  readonly endpoints: readonly Endpoint[];
  readonly watch: EngineWatch;
  readonly rates: BusRates;
  readonly forwarder: Forwarder;
  /** Twins together, by folder. */
  readonly byFolder: ReadonlyMap<string, readonly Endpoint[]>;
  readonly canaries: Canaries;
  /** By folder, e.g. `vpin`. */
  readonly balancers: ReadonlyMap<string, Balancer>;
  /** Opens the connection when it is first asked, which only the replica that reads the bus does. Undefined without a main Redis (REDIS_HOST). */
  readonly audit: AuditDoor | undefined;
}

export type Context = EngineContext<typeof settings, State, typeof metrics>;

type Starting = EngineContext<typeof settings, undefined, typeof metrics>;

export function createState(context: Starting, endpoints: readonly Endpoint[], compute: Endpoint): State {
  const { engineHost, upstreamTimeoutMs } = context.settings;
  const monotonic = (): number => context.clock.monotonic();
  const byFolder = endpointsByFolder(endpoints);
  const balancers = [...byFolder, [compute.folder, [compute]] as const].map(
    ([folder, members]) => [folder, new Balancer(members.map((member) => urlOf(member, engineHost)), monotonic)] as const,
  );
  return {
    endpoints,
    byFolder,
    canaries: new Canaries(context.settings.canaryFile, () => context.random(), monotonic),
    watch: new EngineWatch(endpoints, engineHost, context.clock),
    rates: new BusRates(monotonic),
    forwarder: createForwarder({ timeoutMs: upstreamTimeoutMs }),
    balancers: new Map(balancers),
    audit: auditDoor(context),
  };
}

export interface AuditDoor {
  /** Undefined before the first use. */
  current(): AuditStream | undefined;
  open(): AuditStream;
}

function auditDoor({ settings: s, clock, timers, newId, random }: Starting): AuditDoor | undefined {
  if (s.redisHost === undefined) return undefined;
  const { redisHost: host } = s;
  let stream: AuditStream | undefined;
  const open = (): AuditStream => (stream ??= createAuditStream({
    address: {
      host,
      port: s.redisPort,
      db: s.redisDb,
      ...(s.redisUsername === undefined ? {} : { username: s.redisUsername }),
      ...(s.redisPassword === undefined ? {} : { password: s.redisPassword }),
    },
    maxLength: s.auditLength,
    ambient: { now: () => clock.now(), monotonic: () => clock.monotonic(), newId, random, after: (delayMs, run) => timers.after(delayMs, run) },
  }));
  return { current: () => stream, open };
}
