import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allOperational, CHART, helm, kubectl, RELEASE, soon } from './cluster.ts';

const SECOND = 'second';
/** As little as shows that a release works: one engine with its servers. */
const LITTLE = ['monitoring.prometheus.enabled=false', 'monitoring.grafana.enabled=false', 'dashboard.enabled=false', 'backup.enabled=false', 'engines.features.enabled=false', 'engines.vpin.enabled=false', 'engines.websocket.enabled=false'];

const values = async (): Promise<string[]> => {
  const tag = (JSON.parse(await helm('get', 'values', RELEASE, '--all', '--output', 'json')) as { image: { tag: string } }).image.tag;
  return ['--set-string', `image.tag=${tag}`, ...LITTLE.flatMap((setting) => ['--set', setting]), '--wait', '--wait-for-jobs', '--timeout', '5m'];
};
const of = async (release: string, kind: string, what: string): Promise<string> => kubectl('get', kind, '--selector', `app.kubernetes.io/instance=${release}`, '--output', `jsonpath={range .items[*]}${what}{"\\n"}{end}`);
const sql = (release: string, query: string): Promise<string> =>
  kubectl('exec', `${release}-postgres-0`, '--', 'sh', '-c', 'PGPASSWORD=$(cat /run/nautilus-admin/password) exec psql --host /var/run/postgresql --username nautilus --dbname nautilus --no-align --tuples-only --command "$0"', query);

/** The chart as the last commit before this one had it; this one's where there is no history. */
function previousChart(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nautilus-previous-'));
  const has = (commit: string): boolean => {
    try {
      execFileSync('git', ['cat-file', '-e', `${commit}:${CHART}/Chart.yaml`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  execFileSync('sh', ['-c', `git archive ${has('HEAD~1') ? 'HEAD~1' : 'HEAD'} ${CHART} | tar -x -C ${folder}`]);
  return join(folder, CHART);
}

describe('two releases in one namespace', () => {
  let before = '';
  beforeAll(async () => {
    await soon(allOperational);
    // What earlier files stopped must be gone before the pods are counted.
    await soon(async () => expect(await kubectl('get', 'pods', '--output', 'jsonpath={.items[*].metadata.deletionTimestamp}')).toBe(''));
    before = await of(RELEASE, 'pods', '{.metadata.uid}');
    await helm('install', SECOND, previousChart(), ...(await values()));
  });
  afterAll(async () => {
    await helm('uninstall', SECOND, '--ignore-not-found', '--wait');
    await kubectl('delete', 'secrets,persistentvolumeclaims', '--selector', `app.kubernetes.io/instance=${SECOND}`);
  });

  it('do not touch each other', async () => {
    expect(await of(RELEASE, 'pods', '{.metadata.uid}')).toBe(before);
    await soon(allOperational);
    const password = (release: string): Promise<string> => kubectl('get', 'secret', `${release}-redis-auth`, '--output', 'jsonpath={.data.marketdata}');
    expect(await password(SECOND)).not.toBe(await password(RELEASE));
  });

  it('an upgrade from the previous commit\'s chart keeps data and passwords', async () => {
    const secrets = await of(SECOND, 'secrets', '{.metadata.name} {.data}');
    const claims = await of(SECOND, 'persistentvolumeclaims', '{.metadata.uid}');
    await sql(SECOND, "create table e2e_kept (note text); insert into e2e_kept values ('still here')");
    await helm('upgrade', SECOND, CHART, ...(await values()));
    expect(await sql(SECOND, 'select note from e2e_kept')).toBe('still here');
    expect(await of(SECOND, 'secrets', '{.metadata.name} {.data}')).toBe(secrets);
    expect(await of(SECOND, 'persistentvolumeclaims', '{.metadata.uid}')).toBe(claims);
  });

  it('a rollback to the first revision keeps them too', async () => {
    const secrets = await of(SECOND, 'secrets', '{.metadata.name} {.data}');
    await helm('rollback', SECOND, '1', '--wait', '--wait-for-jobs', '--timeout', '5m');
    expect(await sql(SECOND, 'select note from e2e_kept')).toBe('still here');
    expect(await of(SECOND, 'secrets', '{.metadata.name} {.data}')).toBe(secrets);
  });

  it('an uninstall leaves the kept claims and secrets only', async () => {
    await helm('uninstall', SECOND, '--wait');
    const kinds = 'deployments,statefulsets,daemonsets,jobs,cronjobs,pods,services,configmaps,serviceaccounts,networkpolicies,roles,rolebindings';
    await soon(async () => expect(await of(SECOND, kinds, '{.kind}/{.metadata.name}')).toBe(''));
    expect(await of(SECOND, 'secrets', '{.metadata.name}')).toContain(`${SECOND}-database`);
    expect(await of(SECOND, 'persistentvolumeclaims', '{.metadata.name}')).toContain(`data-${SECOND}-postgres-0`);
    await soon(allOperational);
  });
});

describe('the production install command', () => {
  it('passes a server-side dry run, with hardware on and off', async () => {
    for (const hardware of ['true', 'false']) {
      const text = await helm('install', 'dry', CHART, '--values', `${CHART}/values.production.yaml`, '--set', `hardware.enabled=${hardware}`, '--dry-run=server');
      expect(text).toContain('STATUS: pending-install');
    }
  });
});
