import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { eventually } from '@nautilus/testkit';

/** The release that `make e2e` has installed before these tests begin. */
export const RELEASE = 'nautilus';
export const NAMESPACE = 'nautilus';
export const CHART = 'charts/nautilus';
export const DATABASE_URL = 'postgresql://nautilus:nautilus123@localhost:5432/nautilus?sslmode=no-verify';

const execute = promisify(execFile);

async function output(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

export const kubectl = (...args: string[]): Promise<string> => output('kubectl', ['--namespace', NAMESPACE, ...args]);
export const kubectlIn = (namespace: string, ...args: string[]): Promise<string> => output('kubectl', ['--namespace', namespace, ...args]);
export const helm = (...args: string[]): Promise<string> => output('helm', ['--namespace', NAMESPACE, ...args]);
export const docker = (...args: string[]): Promise<string> => output('docker', args);
export const kubectlJson = async <T>(...args: string[]): Promise<T> => JSON.parse(await kubectl(...args, '--output', 'json')) as T;

/** The same release with further values; ends when everything is ready. */
export const upgrade = (...settings: string[]): Promise<string> =>
  helm('upgrade', RELEASE, CHART, '--reuse-values', '--wait', '--timeout', '5m', ...settings.flatMap((setting) => ['--set', setting]));

export const rolledOut = (workload: string): Promise<string> => kubectl('rollout', 'status', workload, '--timeout', '180s');

export interface Health {
  readonly status: string;
  readonly engine: string;
  readonly engine_id: string;
  readonly problems: readonly { readonly dependency: string }[];
  readonly [field: string]: unknown;
}

export async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  return (await response.json()) as T;
}

/** Alerts of that name that fire now. */
export async function alerts(name: string): Promise<readonly { readonly annotations: { readonly summary: string } }[]> {
  interface Alert { readonly state: string; readonly labels: Readonly<Record<string, string>>; readonly annotations: { readonly summary: string } }
  const { data } = await getJson<{ data: { alerts: readonly Alert[] } }>('http://localhost:9090/api/v1/alerts');
  return data.alerts.filter(({ state, labels }) => state === 'firing' && labels['alertname'] === name);
}

export const health = (port: number): Promise<Health> => getJson<Health>(`http://localhost:${port}/health`);

export interface Engine {
  readonly name: string;
  readonly port: number;
  readonly status: string;
}

/** Every engine endpoint that is built, as the gateway lists them. */
export async function engines(): Promise<readonly Engine[]> {
  return (await getJson<{ engines: readonly Engine[] }>('http://localhost:8001/api/v1/engines')).engines;
}

/** Name of an endpoint's Deployment and Service after the release's. */
export const serviceOf = (endpoint: string): string => {
  const family = endpoint.replace('_triple_bus', '');
  return `${family.replaceAll('_', '-')}-engine${family === endpoint ? '' : '-triple'}`;
};

/** Throws while one of them is not. */
export async function allOperational(): Promise<true> {
  for (const { port } of await engines()) {
    const { status, problems } = await health(port);
    if (status !== 'operational') throw new Error(`${port} is ${status}: ${JSON.stringify(problems)}`);
  }
  return true;
}

/** The default for what a cluster does: pods start, policies and mounts are renewed. */
export const soon = <T>(check: () => T | Promise<T>, deadlineMs = 120_000): Promise<T> => eventually(check, { deadlineMs, intervalMs: 500 });

/** The password of one Redis, as an operator reads it. */
export async function redisPassword(key: string): Promise<string> {
  return Buffer.from(await kubectl('get', 'secret', `${RELEASE}-redis-auth`, '--output', `jsonpath={.data.${key}}`), 'base64').toString();
}

/** redis-cli as admin inside a pod of a server. */
export async function redis(pod: string, key: string, port: number, ...command: string[]): Promise<string> {
  return kubectl('exec', pod, '--', 'sh', '-c', 'REDISCLI_AUTH=$(cat /run/nautilus/redis/$0) exec redis-cli --no-auth-warning --user admin -p "$@"', key, String(port), ...command);
}

/** SQL as the product's own role, inside the database's pod. */
export async function sql(query: string): Promise<string> {
  return kubectl('exec', `${RELEASE}-postgres-0`, '--', 'sh', '-c', 'PGPASSWORD=$(cat /run/nautilus-admin/password) exec psql --host /var/run/postgresql --username nautilus --dbname nautilus --no-align --tuples-only --command "$0"', query);
}

/** Prints a measured figure with the test's name, for the log of CI. */
export const measured = (what: string): void => void process.stdout.write(`measured: ${what}\n`);
