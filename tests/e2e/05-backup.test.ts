import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, it } from '@jest/globals';
import { kubectl, kubectlJson, NAMESPACE, RELEASE, rolledOut, soon, allOperational, engines, serviceOf, sql } from './cluster.ts';

interface Table {
  readonly name: string;
  readonly rows: number;
  readonly checksum: string;
}

/** Rows and an order-independent checksum of every table; but of `schema_migrations`, which tells when each ran in this database. */
async function contents(): Promise<readonly Table[]> {
  const names = (await sql("select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'schema_migrations' order by 1")).split('\n');
  const tables: Table[] = [];
  for (const name of names) {
    const [rows = '', checksum = ''] = (await sql(`select count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0) from "${name}" t`)).split('|');
    tables.push({ name, rows: Number(rows), checksum });
  }
  return tables;
}

/** A new database, as the first start of the server makes it. */
async function wipe(): Promise<void> {
  const script = 'export PGPASSWORD=$(cat /run/nautilus-admin/admin-password); psql="psql --host /var/run/postgresql --username postgres --set ON_ERROR_STOP=1"; '
    + '$psql --command "drop database nautilus with (force)" && $psql --command "create database nautilus owner nautilus" '
    + '&& $psql --dbname nautilus --command "create extension timescaledb" --command "grant create on schema public to nautilus"';
  await kubectl('exec', `${RELEASE}-postgres-0`, '--', 'sh', '-c', script);
}

/** A Job of the backup's image and claim, with other arguments; gives its log. */
async function runMigrator(name: string, ...args: string[]): Promise<string> {
  const cron = await kubectlJson<{ spec: { jobTemplate: { spec: { template: { metadata: object; spec: { containers: { args: string[] }[] } } } } } }>('get', 'cronjob', `${RELEASE}-backup`);
  const { template } = cron.spec.jobTemplate.spec;
  const [container] = template.spec.containers;
  if (container === undefined) throw new Error('the backup has no container');
  container.args = ['node', 'src/main.mjs', ...args];
  const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { backoffLimit: 0, template: { metadata: template.metadata, spec: { ...template.spec, restartPolicy: 'Never' } } } };
  await kubectl('delete', 'job', name, '--ignore-not-found');
  execFileSync('kubectl', ['--namespace', NAMESPACE, 'create', '--filename', '-'], { input: JSON.stringify(job), stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = await soon(async () => (await kubectl('get', 'job', name, '--output', 'jsonpath={.status.conditions[?(@.status=="True")].type}')) || undefined, 180_000);
  const log = await kubectl('logs', `job/${name}`);
  if (String(ended).includes('Fail')) throw new Error(`${name} failed: ${log}`);
  return log;
}

describe('36: backup, wipe, restore', () => {
  const names: string[] = [];
  afterAll(async () => {
    for (const name of names) await kubectl('scale', `deployment/${name}`, '--replicas=1');
    for (const name of names) await rolledOut(`deployment/${name}`);
    await soon(allOperational);
  });

  it('gives the same counts and checksums of every table', async () => {
    for (const { name } of await engines()) names.push(`${RELEASE}-${serviceOf(name)}`);
    names.push(`${RELEASE}-gateway`);
    // Nobody writes while the two are compared.
    await kubectl('scale', ...names.map((name) => `deployment/${name}`), '--replicas=0');
    await kubectl('wait', '--for=delete', 'pod', '--selector=nautilus.io/endpoint', '--timeout=90s');
    const before = await contents();
    expect(before.find(({ name }) => name === 'market_ticks')?.rows).toBeGreaterThan(100);

    await runMigrator('e2e-backup', 'backup', '--to', '/backup', '--keep', '2');
    await wipe();
    await runMigrator('e2e-restore', 'restore', '--from', '/backup');
    expect(await contents()).toEqual(before);
  });

  it('refuses to restore over data', async () => {
    await expect(runMigrator('e2e-restore-again', 'restore', '--from', '/backup')).rejects.toThrow(/empty/);
  });
});
