import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Target } from './install.ts';
import { listenerAt } from './listener.ts';
import { output, root } from './shell.ts';

/** Only these stay inside: the exporter and the Sentinels answer programs, not people. */
const INSIDE = [9121, 26379];
const STATE = join(root, '.nautilus', 'forward');
const PID_FILE = join(STATE, 'pid');
const FIRST_RESTART_MS = 500;
const LONGEST_RESTART_MS = 10_000;
/** A forward that held this long was a good one. */
const STEADY_MS = 5_000;
/** How long a server may think about a trivial question. */
const PATIENCE_MS = 10_000;

interface Forward {
  readonly service: string;
  readonly ports: readonly number[];
}

/** Every port of the release's Services, by Service. */
function servicesOf({ release, namespace }: Target): readonly Forward[] {
  const list = JSON.parse(output('kubectl', '--namespace', namespace, 'get', 'services', '--selector', `app.kubernetes.io/instance=${release}`, '--output', 'json')) as {
    readonly items: readonly { readonly metadata: { readonly name: string }; readonly spec: { readonly clusterIP?: string; readonly ports: readonly { readonly port: number }[] } }[];
  };
  return list.items
    .filter(({ metadata, spec }) => spec.clusterIP !== 'None' && !metadata.name.endsWith('-canary'))
    .map(({ metadata, spec }) => ({ service: metadata.name, ports: spec.ports.map(({ port }) => port).filter((port) => !INSIDE.includes(port)) }))
    .filter(({ ports }) => ports.length > 0);
}

/** Forwards until SIGTERM; a forward that breaks, as when its pod is replaced, begins again. */
export async function forwardAll(target: Target): Promise<void> {
  const children = new Map<string, ChildProcess>();
  let ending = false;
  const begin = ({ service, ports }: Forward, wait: number): void => {
    const began = performance.now();
    const child = spawn('kubectl', ['--namespace', target.namespace, 'port-forward', `service/${service}`, ...ports.map((port) => `${port}:${port}`)], { stdio: ['ignore', 'ignore', 'inherit'] });
    children.set(service, child);
    child.on('exit', () => {
      children.delete(service);
      const next = performance.now() - began > STEADY_MS ? FIRST_RESTART_MS : Math.min(wait * 2, LONGEST_RESTART_MS);
      if (!ending) setTimeout(() => begin({ service, ports }, next), wait);
    });
  };
  const forwards = servicesOf(target);
  for (const forward of forwards) begin(forward, FIRST_RESTART_MS);
  console.log(`forwarding ${forwards.flatMap(({ ports }) => ports).sort((a, b) => a - b).join(' ')}`);
  // A replaced pod does not end its forward: the next connection does, and sometimes that stays silent for good.
  const looks = new Set<string>();
  const look = setInterval(() => {
    for (const { service, ports: [port] } of forwards) {
      const child = children.get(service);
      if (child === undefined || port === undefined || looks.has(service)) continue;
      looks.add(service);
      void listenerAt(port, PATIENCE_MS).then((found) => {
        looks.delete(service);
        if (found === 'silent') child.kill('SIGKILL');
      });
    }
  }, 2_000);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve);
  });
  ending = true;
  clearInterval(look);
  for (const child of children.values()) child.kill();
}

/** Starts the forwarding beside this process and waits until every port answers. */
export async function forwardInBackground(target: Target): Promise<void> {
  stopForwarding();
  mkdirSync(STATE, { recursive: true });
  const log = openSync(join(STATE, 'log'), 'w');
  const child = spawn(process.execPath, [fileURLToPath(new URL('../cluster.ts', import.meta.url)), 'forward', '--release', target.release, '--namespace', target.namespace], { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  writeFileSync(PID_FILE, String(child.pid));
  for (const { ports } of servicesOf(target)) for (const port of ports) await opened(port);
}

export function stopForwarding(): void {
  try {
    process.kill(Number(readFileSync(PID_FILE, 'utf8')), 'SIGTERM');
  } catch {
    // None runs.
  }
  rmSync(PID_FILE, { force: true });
}

async function opened(port: number): Promise<void> {
  for (let attempt = 0; attempt < 120; attempt += 1) {
    if ((await listenerAt(port, PATIENCE_MS)) === 'answers') return;
    await wait(250);
  }
  throw new Error(`nothing answers on localhost:${port} after 30 s; see ${join(STATE, 'log')}`);
}
