import { probeRedis, probeRole, type ProbeOptions } from '@nautilus/bus';
import { openCluster } from '@nautilus/cluster';
import { defineEngine, setting, type EngineContext } from '@nautilus/engine';
import { NotFoundError } from '@nautilus/model';
import { expositionOf } from './exposition.ts';
import { keepRoles } from './roles.ts';
import { addressOf, credentialsOf, portOfKey, type Access } from './targets.ts';

const LIMITS = { pingLimitMs: 1_000, limitMs: 4_000 };

const settings = {
  targets: setting.list('REDIS_EXPORTER_TARGETS', ['localhost:6379', 'localhost:6380', 'localhost:6381', 'localhost:6382'], {
    pattern: /^[^\s:=]+:\d{1,5}(=[^\s:=]+:\d{1,5})?$/,
    rule: 'must be host:port or host:port=host:port',
    help: 'Servers that may be asked; after `=` where the one of that name really is.',
  }),
  username: setting.text('REDIS_EXPORTER_USERNAME', undefined, { help: 'User at the servers.' }),
  passwordDir: setting.text('REDIS_EXPORTER_PASSWORD_DIR', undefined, { help: 'Folder with the files main, marketdata, engine-logic and neural-gpu, each one password.' }),
  labelRoles: setting.boolean('REDIS_EXPORTER_LABEL_ROLES', false, { help: 'Keep the label nautilus.io/role of the pods of the buses; needs Kubernetes.' }),
  podSelector: setting.text('REDIS_EXPORTER_POD_SELECTOR', 'nautilus.io/redis', { help: 'Selector of the pods to label, in the namespace of the exporter.' }),
  labelEveryMs: setting.milliseconds('REDIS_EXPORTER_LABEL_EVERY_MS', 2_000, { min: 100, help: 'How often the roles are looked at.' }),
};

const metrics = {
  probes: { kind: 'counter', name: 'nautilus_redis_exporter_probes_total', help: 'Servers asked, by outcome.', labels: ['outcome'] },
} as const;

type Context = EngineContext<typeof settings, undefined, typeof metrics>;

export const redisExporter = defineEngine({
  name: 'redis-exporter',
  kind: 'platform',
  summary: 'Figures of each Redis for Prometheus.',
  ports: { dual: 9121 },
  settings,
  metrics,
  needs: [],
  async scrape(target: string, { settings: access, timers, log, metrics: { probes } }: Context) {
    const address = addressOf(target, access);
    try {
      const figures = await probeRedis({ address, ...LIMITS, after: (delayMs, run) => timers.after(delayMs, run) });
      probes.inc({ outcome: 'answered' });
      return { up: true, text: expositionOf(figures) };
    } catch (error) {
      probes.inc({ outcome: 'failed' });
      log.debug({ target, error }, 'a server does not answer');
      return { up: false, text: 'redis_up 0\n' };
    }
  },
  async ready({ settings: access, timers, log }: Context) {
    if (!access.labelRoles) return;
    const cluster = await openCluster();
    timers.every(access.labelEveryMs, () =>
      keepRoles({
        cluster,
        selector: access.podSelector,
        roleOf: (host, key) => roleAt(host, key, access, (delayMs, run) => timers.after(delayMs, run)),
        log,
      }),
    );
  },
});

function roleAt(host: string, key: string, access: Access, after: ProbeOptions['after']): ReturnType<typeof probeRole> {
  const port = portOfKey(key);
  if (port === undefined) throw new NotFoundError('server', `No server of Nautilus is called ${key}.`);
  return probeRole({ address: { host, port, ...credentialsOf(key, access) }, ...LIMITS, after });
}
