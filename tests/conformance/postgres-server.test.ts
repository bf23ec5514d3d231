import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runSql, sharedPostgres, startPostgres, type PostgresServer } from '@nautilus/testkit';

const readings = [
  'CREATE TABLE readings (time timestamptz NOT NULL, value double precision NOT NULL)',
  "SELECT create_hypertable('readings', 'time', chunk_time_interval => INTERVAL '1 day')",
  "INSERT INTO readings SELECT timestamptz '2013-10-07 00:00Z' + n * INTERVAL '1 hour', n FROM generate_series(0, 95) n",
];

describe('startPostgres', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  it('offers hypertables, time_bucket and drop_chunks', async () => {
    const url = await server.createDatabase();
    expect(server.timescale).toBe(true);
    await runSql(url, ...readings);
    const buckets = await runSql(url, "SELECT time_bucket('1 day', time) AS day, count(*)::int AS n, sum(value) AS sum FROM readings GROUP BY day ORDER BY day");
    expect(buckets).toHaveLength(4);
    expect(buckets[1]).toEqual({ day: new Date('2013-10-08T00:00:00Z'), n: 24, sum: (24 + 47) * 12 });
    const dropped = await runSql(url, "SELECT drop_chunks('readings', older_than => timestamptz '2013-10-09 00:00Z')");
    expect(dropped).toHaveLength(2);
    expect(await runSql(url, 'SELECT count(*)::int AS n FROM readings')).toEqual([{ n: 48 }]);
  });

  it('keeps data over a restart and over SIGKILL', async () => {
    const url = await server.createDatabase();
    await runSql(url, ...readings);
    await server.restart();
    expect(await runSql(url, 'SELECT count(*)::int AS n FROM readings')).toEqual([{ n: 96 }]);
    await runSql(url, "INSERT INTO readings VALUES ('2013-10-12 00:00Z', 1)", 'CHECKPOINT');
    await server.kill();
    await expect(runSql(url, 'SELECT 1')).rejects.toThrow();
    await server.restart();
    expect(await runSql(url, 'SELECT count(*)::int AS n FROM readings')).toEqual([{ n: 97 }]);
  });

  it('lets a database be dropped although TimescaleDB is in it', async () => {
    const url = await server.createDatabase('to_be_dropped');
    await runSql(url, ...readings);
    await runSql(server.url, 'DROP DATABASE to_be_dropped');
    expect(await runSql(server.url, "SELECT 1 FROM pg_database WHERE datname = 'to_be_dropped'")).toEqual([]);
  });

  it('comes without TimescaleDB and with durable commits when asked', async () => {
    const plain = await startPostgres({ timescale: false, durable: true });
    const url = await plain.createDatabase();
    expect(await runSql(url, "SELECT extname FROM pg_extension WHERE extname = 'timescaledb'")).toEqual([]);
    expect(await runSql(url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    await plain.stop();
    await expect(runSql(url, 'SELECT 1')).rejects.toThrow();
  });

  it('does not take another server on its port for itself', async () => {
    await expect(startPostgres({ port: server.port })).rejects.toThrow(/address already in use/i);
  });
});

describe('sharedPostgres', () => {
  it('is one server with a database for each who asks', async () => {
    const [one, other] = await Promise.all([sharedPostgres(), sharedPostgres()]);
    expect(one.port).toBe(other.port);
    const urls = await Promise.all([one.createDatabase(), other.createDatabase()]);
    expect(new Set(urls).size).toBe(2);
  });
});
