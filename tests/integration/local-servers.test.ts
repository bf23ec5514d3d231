import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, runSql, startNode, startPostgres, startRedis, type Child, type PostgresServer, type RedisServer } from '@nautilus/testkit';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const LOCAL = path('../../libs/engine/src/local.ts');
const MAIN = path('fixtures/storing-main.ts');

describe('real servers', () => {
  let redis: RedisServer;
  let postgres: PostgresServer;
  const children: Child[] = [];
  const run = (file: string, environment: Readonly<Record<string, string>>, args: readonly string[] = []): Child => {
    const child = startNode(file, { DATABASE_SSL_MODE: 'disable', ...environment }, args);
    children.push(child);
    return child;
  };
  beforeAll(async () => {
    [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  });
  afterEach(() => Promise.all(children.splice(0).map((child) => child.kill())));
  afterAll(() => Promise.all([redis.stop(), postgres.stop()]));

  it('serve-the-same-command-when-they-are-named', async () => {
    const url = await postgres.createDatabase();
    const child = run(
      LOCAL,
      { DATABASE_URL: url, MARKETDATA_REDIS_HOST: redis.host, MARKETDATA_REDIS_PORT: String(redis.port), ENGINE_LOGIC_REDIS_PORT: String(redis.port) },
      [path('fixtures/storing-engine.ts')],
    );
    const ready = await child.logged('ready');
    const health = (await (await fetch(`http://localhost:${String(ready.port)}/health`)).json()) as Record<string, unknown>;
    expect(health).toMatchObject({ status: 'operational', database_connected: true, buses: { marketdata_bus: { transport: 'redis' }, engine_logic_bus: { transport: 'redis' } } });
    await eventually(() => expect(child.err.join('\n')).toContain('bus on Redis, database on its server'));
    child.process.kill('SIGINT');
    expect(await child.ended).toBe(0);
    expect(await runSql(url, 'select count(*)::int as kept from engine_snapshots')).toEqual([{ kept: 1 }]);
  });

  it('keep-a-lone-engine-waiting-for-the-schema-and-let-it-go-on-when-it-is-there', async () => {
    const url = await postgres.createDatabase();
    const lone = run(MAIN, { PORT: '0', MESSAGEBUS_ENABLED: '0', DATABASE_URL: url });
    await lone.logged('waiting: the database has no schema yet; the migrator makes it');
    const platform = run(LOCAL, { MESSAGEBUS_ENABLED: '0', DATABASE_URL: url }, [path('fixtures/storing-engine.ts')]);
    await platform.logged('ready');
    await lone.logged('ready');
  });

  it('gone-during-the-work-make-an-engine-degraded-and-nothing-else', async () => {
    const url = await postgres.createDatabase();
    const child = run(LOCAL, { MESSAGEBUS_ENABLED: '0', DATABASE_URL: url }, [path('fixtures/storing-engine.ts')]);
    const { port } = await child.logged('ready');
    const status = async (): Promise<unknown> => ((await (await fetch(`http://localhost:${String(port)}/health`)).json()) as Record<string, unknown>).status;
    await postgres.kill();
    await eventually(async () => expect(await status()).toBe('degraded'));
    await postgres.restart();
    await eventually(async () => expect(await status()).toBe('operational'), { deadlineMs: 30_000 });
  });
});
