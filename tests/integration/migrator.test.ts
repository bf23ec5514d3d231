import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { eventually, freePort, runSql, sharedPostgres, startNode, startPostgres, type Child, type PostgresAddress } from '@nautilus/testkit';
import { listSets } from '@nautilus/store';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const main = join(repository, 'services/migrator/src/main.ts');
const versions = 'select version, name from schema_migrations order by version';

let root: string;
let server: PostgresAddress;
const children: Child[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'nautilus-migrator-'));
  server = await sharedPostgres();
});
afterAll(async () => {
  for (const child of children) await child.kill();
  await rm(root, { recursive: true });
});

const newFolder = (): Promise<string> => mkdtemp(join(root, 'sets-'));

function begin(args: readonly string[], environment: Readonly<Record<string, string>>, file = main): Child {
  const child = startNode(file, { DATABASE_SSL_MODE: 'disable', NODE_NO_WARNINGS: '1', ...environment }, args);
  children.push(child);
  return child;
}

async function migrator(args: readonly string[], environment: Readonly<Record<string, string>> = {}, file = main) {
  const child = begin(args, environment, file);
  return { code: await child.ended, out: child.out.join('\n'), err: child.err.join('\n') };
}

describe('migrator migrate', () => {
  it('brings-the-schema-up-to-date-and-changes-nothing-when-repeated', async () => {
    const url = await server.createDatabase();
    const environment = { DATABASE_URL: url };
    const first = await migrator(['migrate'], environment);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(/Applying 0001-[^]*went from version 0 to \d+ \(hypertables of TimescaleDB\)/);
    const applied = await runSql(url, `select *, xmin::text from schema_migrations order by version`);
    expect(await runSql(url, "select count(*)::int as n from timescaledb_information.hypertables where hypertable_name = 'market_ticks'")).toEqual([{ n: 1 }]);
    const second = await migrator(['migrate'], environment);
    expect(second).toMatchObject({ code: 0, out: expect.stringMatching(/^The schema is at version \d+ already; nothing was changed\.$/) });
    expect(await runSql(url, `select *, xmin::text from schema_migrations order by version`)).toEqual(applied);
  });

  it('run-twice-at-once-migrates-once', async () => {
    const url = await server.createDatabase();
    const results = await Promise.all([1, 2].map(() => migrator(['migrate'], { DATABASE_URL: url })));
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(results.filter(({ out }) => out.includes('nothing was changed'))).toHaveLength(1);
  });

  it('waits-for-a-database-that-comes-later-and-gives-up-at-its-deadline', async () => {
    const port = await freePort();
    const url = `postgresql://nautilus@127.0.0.1:${port}/postgres`;
    const late = await migrator(['migrate'], { DATABASE_URL: url, MIGRATOR_WAIT_MS: '700' });
    expect(late.code).toBe(1);
    expect(late.err).toMatch(/^Failed: cannot connect to the database/);
    const child = begin(['migrate'], { DATABASE_URL: url });
    await eventually(() => child.out.some((line) => line.startsWith('Waiting: cannot connect')), { deadlineMs: 30_000 });
    const postgres = await startPostgres({ port });
    try {
      expect(await child.ended).toBe(0);
      expect((await runSql(url, versions)).length).toBeGreaterThan(2);
    } finally {
      await postgres.stop();
    }
  });

  it('refuses-wrong-settings-and-arguments-with-78', async () => {
    for (const [args, environment, message] of [
      [['migrate'], {}, 'DATABASE_URL is required'],
      [['migrate'], { DATABASE_URL: 'mysql://x' }, 'DATABASE_URL must be a URL beginning with postgresql://'],
      [['migrate'], { DATABASE_URL_FILE: '/nowhere' }, 'DATABASE_URL cannot be read from the file'],
      [['--check'], { DATABASE_SSL_MODE: 'perhaps' }, 'DATABASE_SSL_MODE must be one of'],
      [['backup'], { DATABASE_URL: server.url }, 'MIGRATOR_BACKUP_DIR is not set'],
      [['verify', '--from', 'latest'], {}, 'MIGRATOR_BACKUP_DIR is not set'],
      [[], {}, 'arguments name no command'],
    ] as const) {
      expect(await migrator(args, environment)).toMatchObject({ code: 78, out: '', err: expect.stringContaining(message) });
    }
    expect(await migrator(['--check'])).toMatchObject({ code: 0 });
    expect(await migrator(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('MIGRATOR_WAIT_MS') });
  });
});

describe('migrator backup', () => {
  it('wipe-and-restore-give-the-database-back', async () => {
    const source = await server.createDatabase();
    const urlFile = join(await newFolder(), 'url');
    await writeFile(urlFile, `${source}\n`);
    expect(await migrator(['migrate'], { DATABASE_URL_FILE: urlFile })).toMatchObject({ code: 0 });
    await runSql(source, "insert into instruments (symbol, venue) values ('ACME', 'XNYS')",
      `insert into market_quotes select timestamptz '2026-01-01' + i * interval '61.000007 s', i, 0, i / 3.0, null, i / 7.0, 1, 1, i % 1000, false, 'test', 'replay', 'X', ''
       from generate_series(1, 10000) i`);
    const to = await newFolder();
    const backup = await migrator(['backup', '--to', to, '--keep', '1'], { DATABASE_URL_FILE: urlFile });
    expect(backup).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^Backed up 10,001 rows of \d+ tables .* and verified it\.$/) });
    const again = await migrator(['backup', '--keep', '1'], { DATABASE_URL: source, MIGRATOR_BACKUP_DIR: to });
    expect(again.out).toMatch(/\nRemoved the older set /);
    expect(await listSets(to)).toHaveLength(1);
    expect(await migrator(['verify', '--from', 'latest'], { MIGRATOR_BACKUP_DIR: to })).toMatchObject({ code: 0, out: expect.stringContaining('is whole: 10,001 rows') });

    const quotes = 'select md5(string_agg(q::text, \';\' order by time)) as sum, count(*)::int as rows from market_quotes q';
    const before = await runSql(source, quotes);
    expect(await migrator(['restore', '--from', to], { DATABASE_URL: source })).toMatchObject({ code: 1, err: expect.stringMatching(/^Failed: the database is not empty \(.*instruments/) });
    await runSql(source, 'drop extension timescaledb cascade', 'drop schema public cascade', 'create schema public');
    // A new connection: the extension was there in the old one.
    await runSql(source, 'create extension timescaledb');
    expect(await migrator(['restore', '--from', to], { DATABASE_URL: source })).toMatchObject({ code: 0, out: expect.stringContaining('counts and checksums are equal') });
    expect(await runSql(source, quotes)).toEqual(before);
    expect(before).toMatchObject([{ rows: 10_000 }]);
    expect(await runSql(source, "insert into instruments (symbol, venue) values ('B', 'XNYS') returning id")).toEqual([{ id: 2 }]);
    expect(await migrator(['migrate'], { DATABASE_URL: source })).toMatchObject({ out: expect.stringContaining('nothing was changed') });
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)('ended-by-%s-leaves-no-set', async (signal) => {
    const url = await server.createDatabase();
    await migrator(['migrate'], { DATABASE_URL: url });
    const to = await newFolder();
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    try {
      // The backup stops before its last tables, where it can be hit for certain.
      await holder.query('begin');
      await holder.query('lock table websocket_message_log in access exclusive mode');
      const child = begin(['backup', '--to', to], { DATABASE_URL: url });
      await eventually(async () => (await readdir(to)).some((name) => name.startsWith('.partial-')), { deadlineMs: 30_000 });
      await eventually(async () => (await runSql(url, 'select from pg_locks where not granted')).length > 0, { deadlineMs: 30_000 });
      child.process.kill(signal);
      expect(await child.ended).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 1);
    } finally {
      await holder.end();
    }
    expect(await listSets(to)).toEqual([]);
    expect(await migrator(['restore', '--from', to], { DATABASE_URL: url })).toMatchObject({ code: 1, err: expect.stringContaining('is no backup and holds none') });
    // The lock of the dead backup ends with its connection; the next one clears up.
    await eventually(async () => (await migrator(['backup', '--to', to], { DATABASE_URL: url })).code === 0, { deadlineMs: 40_000 });
    expect(await readdir(to)).toHaveLength(1);
  });
});

describe('migrator restore', () => {
  it('killed-in-the-middle-leaves-an-empty-database-and-a-damaged-set-is-refused', async () => {
    const source = await server.createDatabase();
    await migrator(['migrate'], { DATABASE_URL: source });
    await runSql(source, "insert into instruments (symbol, venue) values ('ACME', 'XNYS')", "insert into websocket_message_log (time, id, topic, recipients) values (now(), 'a', 't', 1)");
    const to = await newFolder();
    await migrator(['backup', '--to', to], { DATABASE_URL: source });
    const target = await server.createDatabase();
    await migrator(['migrate'], { DATABASE_URL: target });
    // Its last table makes the restore wait for a lock that this connection holds.
    await runSql(target, 'create function hold() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(7); return new; end $$',
      'create trigger hold before insert on websocket_message_log for each row execute function hold()');
    const holder = new pg.Client({ connectionString: target });
    await holder.connect();
    try {
      await holder.query('select pg_advisory_lock(7)');
      const child = begin(['restore', '--from', to], { DATABASE_URL: target });
      await eventually(async () => (await runSql(target, "select from pg_locks where locktype = 'advisory' and not granted")).length > 0, { deadlineMs: 30_000 });
      await child.kill();
    } finally {
      await holder.end();
    }
    await eventually(async () => (await runSql(target, "select from pg_stat_activity where datname = current_database() and application_name = 'nautilus'")).length === 0, { deadlineMs: 30_000 });
    expect(await runSql(target, 'select (select count(*)::int from instruments) as instruments, (select count(*)::int from websocket_message_log) as messages')).toEqual([{ instruments: 0, messages: 0 }]);

    const [set] = await listSets(to);
    await appendFile(join(set!, 'instruments.jsonl.gz'), 'x');
    for (const args of [['verify', '--from', to], ['restore', '--from', to]]) {
      expect(await migrator(args, { DATABASE_URL: target })).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^Failed: .*instruments\.jsonl\.gz is damaged/) });
    }
  });
});

describe('the bundle of the migrator', () => {
  it('finds-its-migrations-beside-itself', async () => {
    const folder = await newFolder();
    await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', join(repository, 'tools/bundle.ts'), 'migrator', folder], { cwd: repository });
    const bundle = join(folder, 'src/main.mjs');
    expect(await migrator(['--check'], {}, bundle)).toMatchObject({ code: 0, err: '' });
    const url = await server.createDatabase();
    expect(await migrator(['migrate'], { DATABASE_URL: url }, bundle)).toMatchObject({ code: 0, err: '' });
    expect((await runSql(url, versions)).length).toBeGreaterThan(2);
    const moved = await newFolder();
    await mkdir(join(moved, 'elsewhere'));
    await symlink(join(folder, 'migrations'), join(moved, 'sql'));
    expect(await migrator(['migrate'], { DATABASE_URL: url, MIGRATOR_MIGRATIONS_DIR: join(moved, 'sql') }, bundle)).toMatchObject({ code: 0 });
    expect(await migrator(['backup', '--to', join(moved, 'deep', 'sets')], { DATABASE_URL: url }, bundle)).toMatchObject({ code: 0, err: '' });
  });
});
