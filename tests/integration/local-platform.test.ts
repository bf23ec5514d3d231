import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startNode, type Child } from '@nautilus/testkit';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const LOCAL = path('../../libs/engine/src/local.ts');
const fixture = (name: string): string => path(`fixtures/${name}-engine.ts`);

const children: Child[] = [];
function run(files: readonly string[], environment: Readonly<Record<string, string>> = {}): Child {
  const child = startNode(LOCAL, environment, files);
  children.push(child);
  return child;
}
afterEach(() => Promise.all(children.splice(0).map((child) => child.kill())));

const summaryOf = (child: Child): Promise<string> =>
  eventually(() => (child.err.includes('Ctrl-C ends it.') ? child.err.join('\n') : undefined), { deadlineMs: 50_000, describe: 'the summary' }).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${child.err.join('\n')}\n${child.out.join('\n')}`, { cause: error });
  }) as Promise<string>;

describe('one process with all engines', () => {
  it('says-where-everything-is-and-ends-in-order', async () => {
    const child = run([fixture('sample')]);
    const summary = await summaryOf(child);
    const url = /risk\s+(http:\/\/localhost:\d+)\s+ready/.exec(summary)?.[1];
    const health = (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;
    expect(health).toMatchObject({ status: 'operational', messagebus_connected: true, buses: { marketdata_bus: { transport: 'memory' } } });
    child.process.kill('SIGINT');
    expect(await child.ended).toBe(0);
    expect(child.log().at(-1)).toMatchObject({ engine: 'risk', message: 'stopped' });
  });

  it('restarts-an-engine-that-fails-and-takes-nobody-down', async () => {
    const child = run([fixture('sample'), fixture('faulty')]);
    await child.logged('lives');
    const failures = child.log().filter((line) => line.level === 'error');
    expect(failures.map((line) => [line.engine, (line.error as { message: string }).message])).toEqual([['ml', 'no model file'], ['ml', 'nobody awaits this']]);
    expect(child.log().filter((line) => line.engine === 'risk').map((line) => line.message)).toEqual(['ready']);
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
  });

  it('goes-on-when-nobody-reads-its-output', async () => {
    const child = run([fixture('sample')]);
    const url = /(http:\/\/localhost:\d+)/.exec(await summaryOf(child))?.[1];
    child.process.stdout?.destroy();
    child.process.stderr?.destroy();
    expect((await fetch(`${url}/health`)).status).toBe(200);
    child.process.kill('SIGINT');
    expect(await child.ended).toBe(0);
  });
});

describe('one process with all engines and a fault at the start', () => {
  const sentences = async (child: Child): Promise<readonly [number | string, readonly string[]]> => [await child.ended, child.err];

  it('names-a-file-that-is-missing', async () => {
    expect(await sentences(run(['services/none/src/engine.ts']))).toEqual([1, ['There is no file services/none/src/engine.ts.']]);
  });

  it('names-a-file-without-an-engine', async () => {
    expect(await sentences(run([fixture('no')]))).toEqual([1, [`${fixture('no')} exports no engine made by defineEngine.`]]);
  });

  it('asks-for-files-when-none-is-named', async () => {
    expect(await sentences(run([]))).toEqual([1, ['Name at least one engine file, for example services/*/src/engine.ts.']]);
  });

  it('names-a-busy-port-and-who-wanted-it', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    try {
      const outcome = await sentences(run([fixture('storing')], { FIXTURE_PORT: String(port) }));
      expect(outcome).toEqual([1, [`portfolio: Port ${port} is in use: stop what listens there ("lsof -i :${port}" shows it).`]]);
    } finally {
      holder.close();
    }
  });

  it('tells-the-problems-of-all-engines-at-once', async () => {
    const [code, lines] = await sentences(run([fixture('sample'), fixture('faulty')], { RISK_LIMIT: '2', ML_NOTHING: '1', LOG_DIRS: 'x', API_RATE_LIMIT: '10' }));
    expect(code).toBe(78);
    expect([...lines].sort()).toEqual(['ML_NOTHING is no setting of ml.', 'RISK_LIMIT must be a number from 0 to 1.']);
  });

  it('explains-itself', async () => {
    const child = run(['--help']);
    expect(await child.ended).toBe(0);
    expect(child.out[0]).toBe('Runs engines in one process, without servers.');
  });
});

describe('one process with the embedded database', () => {
  let folder: string;
  let first: Child;
  const environment = (): Record<string, string> => ({ NAUTILUS_STATE_DIR: folder });
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'local-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps-what-was-stored-and-admits-no-second-process', async () => {
    first = run([fixture('storing')], environment());
    expect(await first.logged('restored')).toMatchObject({ lives: 1 });
    const second = run([fixture('storing')], environment());
    expect(await second.ended).toBe(78);
    expect(second.err).toEqual([`NAUTILUS_STATE_DIR ${folder} is in use by process ${first.process.pid}; stop that one, or set NAUTILUS_STATE_DIR to another folder.`]);
    await summaryOf(first);
    first.process.kill('SIGINT');
    expect(await first.ended).toBe(0);

    const again = run([fixture('storing')], environment());
    expect(await again.logged('restored')).toMatchObject({ lives: 2 });
    // Even a process that was killed leaves no lock that keeps the next one out.
    await again.kill();
    const after = run([fixture('storing')], environment());
    expect(await after.logged('restored')).toMatchObject({ lives: 2 });
    await after.kill();
  });

  it('says-what-to-do-about-a-damaged-folder', async () => {
    writeFileSync(join(folder, 'db', 'global', 'pg_control'), 'damaged');
    const child = run([fixture('storing')], environment());
    expect(await child.ended).toBe(78);
    const database = join(folder, 'db');
    expect(child.err.filter((line) => !line.startsWith('waiting for'))).toEqual([
      `NAUTILUS_STATE_DIR the embedded database in ${database} cannot be opened; move the folder away to begin with an empty one (mv ${database} ${database}.damaged).`,
    ]);
  });
});
