import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JobDeclaration, Jobs, JobState } from '@nautilus/engine';
import { eventually } from '../eventually.ts';

type Declarations = Readonly<Record<string, JobDeclaration<unknown>>>;

export interface OpenJobs extends Jobs {
  close(deadlineMs: number): Promise<void>;
}

export interface JobsHarness {
  /** Starts a queue with workers, as one process of an engine does. Queues of one harness see each other's jobs. */
  open(declarations: Declarations): OpenJobs;
  close(): Promise<void>;
}

/** A gate in a job: the test knows when it was reached and says when it opens. */
function gate(): { reached: Promise<void>; reach(): Promise<void>; open(): void } {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    reached: reached.promise,
    reach: () => {
      reached.resolve();
      return opened.promise;
    },
    open: () => opened.resolve(),
  };
}

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

/** What every implementation of the Jobs port promises. `durable`: jobs outlive their process. */
export function jobsConformance(name: string, makeHarness: () => Promise<JobsHarness>, { durable }: { durable: boolean }): void {
  describe(`${name} keeps the contract of jobs:`, () => {
    let harness: JobsHarness;
    let opened: OpenJobs[];
    beforeEach(async () => {
      harness = await makeHarness();
      opened = [];
    });
    afterEach(async () => {
      await Promise.all(opened.map((jobs) => jobs.close(5_000)));
      await harness.close();
    });
    const open = (declarations: Declarations): OpenJobs => {
      const jobs = harness.open(declarations);
      opened.push(jobs);
      return jobs;
    };
    const job = (run: JobDeclaration<unknown>['run'], concurrency = 1): JobDeclaration<unknown> => ({ summary: 'for tests', run, concurrency });
    const settled = (jobs: Jobs, id: string, status: JobState['status']): Promise<JobState> =>
      eventually(async () => {
        const state = await jobs.get(id);
        expect(state).toMatchObject({ status });
        return state as JobState;
      });

    it('runs-what-was-submitted-and-keeps-its-result', async () => {
      const jobs = open({ double: job(async (input) => ({ twice: (input as { n: number }).n * 2, result_url: '/doubles/7' })) });
      const submitted = await jobs.submit('double', { n: 21 });
      expect(submitted).toEqual({ job_id: expect.any(String), kind: 'double', status: 'queued', progress: 0, result_url: null, error: null });
      const done = await settled(jobs, submitted.job_id, 'completed');
      expect(done).toEqual({ job_id: submitted.job_id, kind: 'double', status: 'completed', progress: 1, result_url: '/doubles/7', error: null });
      expect(await jobs.result(submitted.job_id)).toEqual({ twice: 42, result_url: '/doubles/7' });
    });

    it('hands-over-input-and-result-as-json-carries-them', async () => {
      const seen: unknown[] = [];
      const jobs = open({ echo: job(async (input) => (seen.push(input), input)) });
      const { job_id } = await jobs.submit('echo', { big: 12n, none: Number.NaN, list: new Float64Array([1, 2]), gone: undefined });
      await settled(jobs, job_id, 'completed');
      expect(seen).toEqual([{ big: '12', none: null, list: [1, 2] }]);
      expect(await jobs.result(job_id)).toEqual({ big: '12', none: null, list: [1, 2] });
    });

    it('refuses-an-unknown-kind-and-knows-no-unknown-id', async () => {
      const jobs = open({ known: job(async () => null) });
      await expect(jobs.submit('unknown', {})).rejects.toMatchObject({ kind: 'invalid_input' });
      expect(await jobs.get('known-nothing')).toBeUndefined();
      expect(await jobs.cancel('elsewhere')).toBeUndefined();
      await expect(jobs.result('known-nothing')).rejects.toMatchObject({ kind: 'not_found' });
    });

    it('shows-progress-while-running', async () => {
      const halfway = gate();
      const jobs = open({
        slow: job(async (_input, run) => {
          run.progress(0.5);
          await halfway.reach();
        }),
      });
      const { job_id } = await jobs.submit('slow', {});
      await halfway.reached;
      await eventually(async () => expect(await jobs.get(job_id)).toMatchObject({ status: 'running', progress: 0.5 }));
      await expect(jobs.result(job_id)).rejects.toMatchObject({ kind: 'not_found' });
      halfway.open();
      await settled(jobs, job_id, 'completed');
    });

    it('reports-a-failure-with-its-reason', async () => {
      const jobs = open({ fragile: job(() => Promise.reject(new Error('the file has no header'))) });
      const { job_id } = await jobs.submit('fragile', {});
      expect(await settled(jobs, job_id, 'failed')).toMatchObject({ error: 'the file has no header', result_url: null });
      await expect(jobs.result(job_id)).rejects.toMatchObject({ kind: 'not_found' });
    });

    it('cancels-a-running-job-even-when-it-returns-a-value', async () => {
      const started = gate();
      started.open();
      const jobs = open({
        long: job(async (_input, run) => {
          await started.reach();
          await ended(run.signal);
          return 'too late';
        }),
      });
      const { job_id } = await jobs.submit('long', {});
      await started.reached;
      expect(await jobs.cancel(job_id)).toMatchObject({ status: 'cancelled', error: null });
      const next = await jobs.submit('long', {});
      await settled(jobs, next.job_id, 'running');
      expect(await jobs.get(job_id)).toMatchObject({ status: 'cancelled' });
      await jobs.cancel(next.job_id);
    });

    it('never-runs-a-job-cancelled-in-the-queue', async () => {
      const first = gate();
      const ran: unknown[] = [];
      const jobs = open({
        one: job(async (input) => {
          ran.push(input);
          if (input === 'a') await first.reach();
        }),
      });
      await jobs.submit('one', 'a');
      await first.reached;
      const b = await jobs.submit('one', 'b');
      const c = await jobs.submit('one', 'c');
      expect(await jobs.cancel(b.job_id)).toMatchObject({ status: 'cancelled' });
      first.open();
      await settled(jobs, c.job_id, 'completed');
      expect(ran).toEqual(['a', 'c']);
      expect(await jobs.get(b.job_id)).toMatchObject({ status: 'cancelled' });
    });

    it('leaves-a-finished-job-as-it-is', async () => {
      const jobs = open({ quick: job(async () => 1) });
      const { job_id } = await jobs.submit('quick', {});
      await settled(jobs, job_id, 'completed');
      expect(await jobs.cancel(job_id)).toMatchObject({ status: 'completed' });
    });

    it('runs-no-more-at-once-than-the-declaration-allows', async () => {
      const gates = [gate(), gate(), gate()];
      let running = 0;
      let most = 0;
      const jobs = open({
        pair: job(async (input) => {
          most = Math.max(most, (running += 1));
          await gates[input as number]?.reach();
          running -= 1;
        }, 2),
      });
      const ids = [];
      for (const index of gates.keys()) ids.push((await jobs.submit('pair', index)).job_id);
      await Promise.all([gates[0]?.reached, gates[1]?.reached]);
      expect(await jobs.get(ids[2] ?? '')).toMatchObject({ status: 'queued' });
      gates[0]?.open();
      await gates[2]?.reached;
      gates[1]?.open();
      gates[2]?.open();
      for (const id of ids) await settled(jobs, id, 'completed');
      expect(most).toBe(2);
    });

    it('takes-no-jobs-while-it-ends-and-waits-for-those-in-hand', async () => {
      const started = gate();
      started.open();
      let stopped = false;
      const jobs = open({
        long: job(async (_input, run) => {
          await started.reach();
          await ended(run.signal);
          stopped = true;
          throw new Error('interrupted');
        }),
      });
      await jobs.submit('long', {});
      await started.reached;
      await jobs.close(5_000);
      expect(stopped).toBe(true);
      await expect(jobs.submit('long', {})).rejects.toMatchObject({ kind: 'transient' });
    });

    if (!durable) return;

    it('takes-up-again-what-an-ending-process-had-in-hand', async () => {
      const started = gate();
      started.open();
      const before = open({
        moved: job(async (_input, run) => {
          await started.reach();
          await ended(run.signal);
          throw new Error('interrupted');
        }),
      });
      const { job_id } = await before.submit('moved', {});
      await started.reached;
      await before.close(5_000);
      const after = open({ moved: job(async () => 'finished elsewhere') });
      await settled(after, job_id, 'completed');
      expect(await after.result(job_id)).toBe('finished elsewhere');
    });

    it('is-cancelled-from-another-process', async () => {
      const started = gate();
      started.open();
      const body = job(async (_input, run) => {
        await started.reach();
        await ended(run.signal);
      });
      const [here, there] = [open({ shared: body }), open({ shared: body })];
      const { job_id } = await here.submit('shared', {});
      await started.reached;
      expect(await here.cancel(job_id)).toMatchObject({ status: 'cancelled' });
      // Whichever of the two has it in hand, both let go: a further job finds a free worker on each.
      const next = [await here.submit('shared', {}), await here.submit('shared', {})];
      for (const { job_id: id } of next) await settled(there, id, 'running');
      for (const { job_id: id } of next) await there.cancel(id);
      expect(await there.get(job_id)).toMatchObject({ status: 'cancelled' });
    });
  });
}
