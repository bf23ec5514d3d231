import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { eventually, runSql, sharedPostgres, startPostgres, type PostgresAddress, type PostgresServer } from '@nautilus/testkit';
import { findSet, listSets, MIGRATIONS_DIRECTORY, openArchive, openStore, verifySet, type Archive } from '@nautilus/store';
import { systemAmbient } from '../../libs/testkit/src/conformance/store-builders.ts';

/** A table with every kind of value that a column of ours has or may get, over a hypertable's chunks. */
const SAMPLES = `
  create table samples (
    id bigint generated always as identity, time timestamptz not null, n numeric, money numeric(20, 4), f8 double precision, f4 real,
    flag boolean, words text[], grid int[][], doc jsonb, raw json, bin bytea, local timestamp, day date, span interval, name text,
    twice bigint generated always as (id * 2) stored, primary key (id, time));
  select make_hypertable('samples', '1 day');
  create table children (parent integer not null, note text, primary key (parent));
  create table parents (id integer primary key);
  alter table children add foreign key (parent) references parents (id);
`;

let root: string;
let migrations: string;
let timescale: PostgresAddress;
let plain: PostgresServer;
const archives: Archive[] = [];
let clockMs = Date.UTC(2026, 0, 31);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'nautilus-backup-'));
  migrations = join(root, 'migrations');
  await cp(MIGRATIONS_DIRECTORY, migrations, { recursive: true });
  const next = (await readdir(migrations)).length + 1;
  await writeFile(join(migrations, `${String(next).padStart(4, '0')}-samples.sql`), SAMPLES);
  timescale = await sharedPostgres();
  plain = await startPostgres({ timescale: false });
});
afterAll(async () => {
  for (const archive of archives) await archive.close();
  await plain.stop();
  await rm(root, { recursive: true });
});

function archiveOf(url: string, migrationsDirectory = migrations): Archive {
  const archive = openArchive({ url, migrationsDirectory, now: () => (clockMs += 1_000) });
  archives.push(archive);
  return archive;
}

async function migrated(server: PostgresAddress): Promise<string> {
  const url = await server.createDatabase();
  const store = await openStore({ ambient: systemAmbient, url, migrationsDirectory: migrations });
  await store.migrate();
  await store.close(1_000);
  return url;
}

const newFolder = (): Promise<string> => mkdtemp(join(root, 'sets-'));

const SAMPLE_COLUMNS = 'time, n, money, f8, f4, flag, words, grid, doc, raw, bin, local, day, span, name';
/** Read apart from the code under test: every row as the server prints it. */
async function samplesOf(url: string): Promise<unknown> {
  const rows = await runSql(url, "set timezone = 'Asia/Kathmandu'", `select id, twice, ${SAMPLE_COLUMNS.split(', ').map((c) => `${c}::text as ${c}`).join(', ')}, pg_typeof(doc)::text as kind, doc is null as no_doc from samples order by id`);
  return rows;
}

const literal = (text: string | null): string => (text === null ? 'null' : `'${text.replaceAll("'", "''")}'`);
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => value.replaceAll('\0', ''));
const nullable = (values: fc.Arbitrary<string>): fc.Arbitrary<string> => fc.option(values.map(literal), { nil: 'null' });
const micros = fc.tuple(fc.integer({ min: 0, max: 40 * 86_400 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([seconds, micro]) => `${new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString().slice(0, 19)}.${String(micro).padStart(6, '0')}Z`);
const element = fc.option(text, { nil: null }).map((value) => (value === null ? 'NULL' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`));
const sample = fc.tuple(
  micros.map(literal),
  nullable(fc.oneof(fc.tuple(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.nat(40)).map(([digits, scale]) => `${digits}e-${scale}`), fc.constantFrom('NaN', 'Infinity', '-Infinity', '1.500', '0.0'))),
  nullable(fc.tuple(fc.integer(), fc.integer({ min: 0, max: 9_999 })).map(([whole, part]) => `${whole}.${part}`)),
  nullable(fc.oneof(fc.double({ noDefaultInfinity: true, noNaN: true }).map((v) => (Object.is(v, -0) ? '-0' : String(v))), fc.constantFrom('NaN', 'Infinity', '-0', '5e-324'))),
  nullable(fc.float({ noDefaultInfinity: true, noNaN: true, min: -1000, max: 1000 }).map((v) => v.toPrecision(6))),
  nullable(fc.constantFrom('true', 'false')),
  nullable(fc.array(element, { maxLength: 4 }).map((items) => `{${items.join(',')}}`)),
  nullable(fc.constantFrom('{}', '{{1,2},{3,NULL}}', '[0:1][5:6]={{1,2},{3,4}}')),
  nullable(fc.oneof(fc.json().map((value) => value.replaceAll('\\u0000', '')), fc.constantFrom('null', '1.10', '"a\\nb"', '[1e400]', '{"b":1,"a":{"c":null}}'))),
  nullable(fc.constantFrom('null', '{ "b" : 1,  "b": 2 }', '[1.0]')),
  nullable(fc.uint8Array({ maxLength: 20 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`)),
  nullable(fc.constantFrom('2026-01-01 00:00:00.000001', 'infinity', '0044-03-15 12:00:00 BC')),
  nullable(fc.constantFrom('2026-02-28', '-infinity', '9999-12-31')),
  nullable(fc.constantFrom('1 year -2 days 03:04:05.000006', '-1 mon', '0')),
  nullable(fc.oneof(text, fc.constantFrom('', '\\N', 'NULL', 'a\nb\r\tc', ' trailing ', '\u2028'))),
).map((values) => `(${values.join(', ')})`);

describe.each([['PostgreSQL with TimescaleDB', () => timescale], ['plain PostgreSQL', () => plain]] as const)('a backup of %s', (_name, server) => {
  it('gives-every-value-back-exactly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sample, { minLength: 0, maxLength: 60 }), async (rows) => {
        const source = await migrated(server());
        if (rows.length > 0) await runSql(source, `insert into samples (${SAMPLE_COLUMNS}) values ${rows.join(', ')}`);
        await runSql(source, 'insert into parents values (1), (2)', "insert into children values (2, 'x'), (1, null)");
        const { folder, manifest } = await archiveOf(source).backUp({ to: await newFolder() });
        expect(manifest.tables.find(({ name }) => name === 'samples')?.rows).toBe(rows.length);
        const target = await server().createDatabase();
        await archiveOf(target).restore({ from: folder });
        expect(await samplesOf(target)).toEqual(await samplesOf(source));
        expect(await runSql(target, 'select * from children order by parent')).toEqual([{ parent: 1, note: null }, { parent: 2, note: 'x' }]);
        // Taken again, the copy has the same counts and checksums.
        const again = await archiveOf(target).backUp({ to: await newFolder() });
        const contents = (tables: typeof manifest.tables): unknown => tables.map(({ name, rows: count, digest, sequences }) => ({ name, count, digest, sequences }));
        expect(contents(again.manifest.tables)).toEqual(contents(manifest.tables));
        const [inserted] = await runSql(target, "insert into samples (time) values ('2026-01-01') returning id");
        expect(Number(inserted?.['id'])).toBe(rows.length + 1);
      }),
      { numRuns: 5, examples: [[[]]] },
    );
  }, 180_000);
});

describe('a backup', () => {
  /** 20,000 rows over 40 chunks, some of them large. */
  async function filled(): Promise<string> {
    const url = await migrated(timescale);
    await runSql(url, "insert into samples (time, n, name) select timestamptz '2026-01-01' + i * interval '173.000001 s', i / 7.0, repeat('ab', i % 50) from generate_series(1, 20000) i",
      "insert into engine_snapshots (engine, key, state, taken_at) select 'vpin', i::text, decode(repeat('00ff', 500000), 'hex'), now() from generate_series(1, 5) i");
    return url;
  }

  it('restores-many-chunks-and-large-rows-and-goes-on-to-later-migrations', async () => {
    const source = await filled();
    const { folder, manifest } = await archiveOf(source).backUp({ to: await newFolder() });
    const later = join(await newFolder(), 'migrations');
    await cp(migrations, later, { recursive: true });
    await writeFile(join(later, `${String(manifest.schemaVersion + 1).padStart(4, '0')}-later.sql`), "alter table parents add column note text not null default 'later';");
    const target = await timescale.createDatabase();
    const { migrated: steps } = await archiveOf(target, later).restore({ from: folder });
    expect(steps).toEqual({ from: manifest.schemaVersion, to: manifest.schemaVersion + 1, applied: [expect.stringMatching(/-later$/)] });
    expect(await samplesOf(target)).toEqual(await samplesOf(source));
    const chunks = "select count(*)::int as chunks from timescaledb_information.chunks where hypertable_name = 'samples'";
    expect(await runSql(target, chunks)).toEqual(await runSql(source, chunks));
    expect((await runSql(target, chunks))[0]?.['chunks']).toBeGreaterThan(30);
    const withoutTimescale = await plain.createDatabase();
    await archiveOf(withoutTimescale).restore({ from: folder });
    expect(await samplesOf(withoutTimescale)).toEqual(await samplesOf(source));
    const older = await timescale.createDatabase();
    await expect(archiveOf(older, MIGRATIONS_DIRECTORY).restore({ from: folder })).rejects.toMatchObject({ kind: 'config' });
    // An own set of a schema that is behind the database's.
    await expect(archiveOf(target, later).restore({ from: folder })).rejects.toThrow(/the database has schema \d+ and the backup \d+/);
  }, 120_000);

  it('is-one-snapshot-whatever-is-written-meanwhile', async () => {
    const source = await migrated(timescale);
    const writer = new pg.Client({ connectionString: source });
    await writer.connect();
    try {
      // The backup has its snapshot when it meets this lock, and reads on when the rows are committed.
      await writer.query('begin');
      await writer.query('lock table samples in access exclusive mode');
      const running = archiveOf(source).backUp({ to: await newFolder() });
      await eventually(async () => (await runSql(source, "select from pg_locks where relation = 'samples'::regclass and not granted")).length > 0, { describe: 'the backup that waits' });
      await writer.query("insert into samples (time) values ('2026-03-01')");
      await writer.query("insert into websocket_connections (id, client_ip, opened_at, messages_sent) values ('late', '::1', now(), 0)");
      await writer.query('commit');
      const { manifest } = await running;
      expect(manifest.tables.filter(({ rows }) => rows > 0)).toEqual([]);
    } finally {
      await writer.end();
    }
  });

  it('keeps-the-newest-sets-and-clears-what-a-killed-one-left', async () => {
    const archive = archiveOf(await migrated(timescale));
    const to = await newFolder();
    const made: string[] = [];
    for (let i = 0; i < 3; i += 1) made.push((await archive.backUp({ to })).folder);
    await mkdir(join(to, '.partial-nautilus-20260101T000000000Z'));
    await mkdir(join(to, 'lost+found'));
    const last = await archive.backUp({ to, keep: 2 });
    expect(last.removed).toEqual(made.slice(0, 2));
    expect(await listSets(to)).toEqual([made[2], last.folder]);
    expect((await readdir(to)).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await findSet(to)).toBe(last.folder);
    await expect(findSet(await newFolder())).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('refuses-a-database-without-schema-and-a-second-backup-at-the-same-time', async () => {
    const to = await newFolder();
    await expect(archiveOf(await timescale.createDatabase()).backUp({ to })).rejects.toThrow('the database has no schema');
    const url = await migrated(timescale);
    const second: Promise<unknown>[] = [];
    await archiveOf(url).backUp({ to, onProgress: () => void (second.length === 0 && second.push(archiveOf(url).backUp({ to }).catch((error: unknown) => error))) });
    expect(String(await second[0])).toMatch(/another backup of this database is running/);
    expect(await listSets(to)).toHaveLength(1);
    expect(await readdir(to)).toHaveLength(1);
  });

  it('that-cannot-be-written-leaves-nothing', async () => {
    const url = await filled();
    const to = await newFolder();
    await expect(archiveOf(url).backUp({ to, onProgress: ({ table }) => { if (table === 'samples') throw new Error('the reader gave up'); } })).rejects.toThrow('the reader gave up');
    expect(await readdir(to)).toEqual([]);
  });
});

describe('a restore', () => {
  it('refuses-a-damaged-set-and-leaves-the-database-as-it-was', async () => {
    const source = await migrated(timescale);
    await runSql(source, "insert into samples (time, name) select timestamptz '2026-01-01' + i * interval '1 s', md5(i::text) from generate_series(1, 2000) i");
    const { folder } = await archiveOf(source).backUp({ to: await newFolder() });
    const file = 'samples.jsonl.gz';
    const flip = async (copy: string, name: string): Promise<void> => {
      const bytes = await readFile(join(copy, name));
      const at = Math.floor(bytes.length / 2);
      bytes[at] = bytes[at]! ^ 1;
      await writeFile(join(copy, name), bytes);
    };
    const damages: readonly (readonly [string, (copy: string) => Promise<void>])[] = [
      ['a flipped bit', (copy) => flip(copy, file)],
      ['a cut file', async (copy) => writeFile(join(copy, file), (await readFile(join(copy, file))).subarray(0, -100))],
      ['a longer file', (copy) => appendFile(join(copy, file), 'x')],
      ['a missing file', (copy) => rm(join(copy, file))],
      ['another file', (copy) => cp(join(copy, 'parents.jsonl.gz'), join(copy, file))],
      ['a changed manifest', async (copy) => writeFile(join(copy, 'manifest.json'), (await readFile(join(copy, 'manifest.json'), 'utf8')).replace('"rows": 2000', '"rows": 1999'))],
      ['a cut manifest', async (copy) => writeFile(join(copy, 'manifest.json'), (await readFile(join(copy, 'manifest.json'), 'utf8')).slice(0, 500))],
      ['no manifest', (copy) => rm(join(copy, 'manifest.json'))],
    ];
    const target = await timescale.createDatabase();
    for (const [what, damage] of damages) {
      const copy = join(await newFolder(), 'set');
      await cp(folder, copy, { recursive: true });
      await damage(copy);
      const outcome = await archiveOf(target).restore({ from: copy }).then(() => 'restored', (error: { kind?: string }) => error.kind);
      expect([what, outcome]).toEqual([what, 'corrupt_data']);
      await expect(verifySet(copy)).rejects.toMatchObject({ kind: 'corrupt_data' });
    }
    expect(await runSql(target, "select to_regclass('schema_migrations') as found")).toEqual([{ found: null }]);
    await archiveOf(target).restore({ from: folder });
    expect(await samplesOf(target)).toEqual(await samplesOf(source));
  });

  it('refuses-a-database-that-is-not-empty-and-changes-nothing-there', async () => {
    const source = await migrated(timescale);
    const { folder } = await archiveOf(source).backUp({ to: await newFolder() });
    const target = await migrated(timescale);
    await runSql(target, 'insert into parents values (7)');
    await expect(archiveOf(target).restore({ from: folder })).rejects.toThrow('the database is not empty (parents holds rows)');
    expect(await runSql(target, 'select id from parents')).toEqual([{ id: 7 }]);
    const foreign = await timescale.createDatabase();
    await runSql(foreign, 'create table theirs (a int)');
    await expect(archiveOf(foreign).restore({ from: folder })).rejects.toThrow('it has theirs and no schema of Nautilus');
    expect(await runSql(foreign, "select to_regclass('schema_migrations') as found")).toEqual([{ found: null }]);
    await runSql(target, 'delete from parents');
    await archiveOf(target).restore({ from: folder });
  });

  it('that-comes-out-different-is-undone-as-a-whole', async () => {
    const source = await migrated(timescale);
    await runSql(source, "insert into samples (time, name) values ('2026-01-01', 'true')");
    const { folder } = await archiveOf(source).backUp({ to: await newFolder() });
    const target = await migrated(timescale);
    await runSql(target, `create function falsify() returns trigger language plpgsql as $$ begin new.name := 'false'; return new; end $$`,
      'create trigger falsify before insert on samples for each row execute function falsify()');
    await expect(archiveOf(target).restore({ from: folder })).rejects.toThrow(/samples did not come out as it was backed up/);
    expect(await runSql(target, 'select count(*)::int as rows from samples')).toEqual([{ rows: 0 }]);
  });
});
