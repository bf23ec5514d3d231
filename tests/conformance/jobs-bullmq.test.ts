import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createIds, systemDelay } from '../../libs/engine/src/ambient.ts';
import { createBullMqJobs } from '../../libs/engine/src/jobs/bullmq-jobs.ts';
import { jobsConformance, type JobsHarness, type OpenJobs } from '../../libs/testkit/src/conformance/jobs.ts';
import { eventually } from '../../libs/testkit/src/eventually.ts';
import { startRedis, type RedisServer } from '../../libs/testkit/src/servers/redis.ts';
import { silentLog } from '../../libs/testkit/src/silent-log.ts';

let redis: RedisServer;
let engines = 0;
beforeAll(async () => void (redis = await startRedis()));
afterAll(() => redis.stop());

const address = (): Parameters<typeof createBullMqJobs>[0]['address'] => ({
  host: redis.host, port: redis.port, sentinels: [], master: undefined, username: undefined, password: undefined, confirmingReplicas: 0,
});
const openFor = (engine: string, takeOverAfterMs?: number) => (declarations: Parameters<JobsHarness['open']>[0]): OpenJobs =>
  createBullMqJobs({
    declarations, engine, context: undefined, clientName: `nautilus-${engine}`, address: address(), newId: createIds(() => Date.now()),
    delay: systemDelay, log: silentLog, ...(takeOverAfterMs === undefined ? {} : { takeOverAfterMs }),
  });

jobsConformance(
  'BullMQ',
  async () => ({ open: openFor(`engine${(engines += 1)}`), close: async () => undefined }),
  { durable: true },
);

describe('BullMQ jobs', () => {
  it('are-taken-up-again-after-a-worker-was-killed-in-the-middle', async () => {
    const worker = fileURLToPath(new URL('fixtures/hanging-worker.ts', import.meta.url));
    const child = spawn(process.execPath, [worker, String(redis.port), 'crashing'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [id] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    child.kill('SIGKILL');
    await once(child, 'exit');
    const jobs = openFor('crashing', 400)({ hang: { summary: 'for tests', run: async (input) => input } });
    try {
      await eventually(async () => expect(await jobs.get(id)).toMatchObject({ status: 'completed' }));
      expect(await jobs.result(id)).toEqual({ rows: 3 });
    } finally {
      await jobs.close(5_000);
    }
  });

  it('lie-under-the-documented-keys', async () => {
    const jobs = openFor('keyed')({ one: { summary: 'for tests', run: async () => 1 } });
    try {
      const { job_id } = await jobs.submit('one', {});
      await eventually(async () => expect(await jobs.get(job_id)).toMatchObject({ status: 'completed' }));
      expect((await redis.cli('KEYS', '*keyed*')).split('\n').every((key) => key.startsWith('bull:keyed.one:'))).toBe(true);
    } finally {
      await jobs.close(5_000);
    }
  });

  it('close-in-time-although-redis-is-gone', async () => {
    const gone = await startRedis();
    const jobs = createBullMqJobs({
      declarations: { one: { summary: 'for tests', run: async () => 1 } }, engine: 'gone', context: undefined, clientName: 'nautilus-gone',
      address: { ...address(), port: gone.port }, newId: createIds(() => Date.now()), delay: systemDelay, log: silentLog,
    });
    await jobs.submit('one', {});
    await gone.kill();
    await expect(jobs.submit('one', {})).rejects.toMatchObject({ kind: 'transient' });
    await jobs.close(200);
    await gone.stop();
  });
});
