import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { BUSES, TransientError, topics } from '@nautilus/model';
import { MemoryLink } from '@nautilus/bus';
import type { Store } from '@nautilus/store';
import { eventually, startForTest, type TestEngine, type TestEngineOptions } from '@nautilus/testkit';
import { defineEngine, type EngineDeclaration } from './declaration.ts';
import { routesOf } from './route.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each test declares a state of its own
type Any = EngineDeclaration<Record<string, never>, any, Record<string, never>>;
const engine = (parts: Partial<Any>): Any => defineEngine({ name: 'vpin', summary: 'for tests', ports: { dual: 0, triple: 0 }, needs: [], ...parts } as Any) as Any;

const running: TestEngine<unknown>[] = [];
async function start(declaration: Any, options?: TestEngineOptions): Promise<TestEngine<unknown>> {
  const started = await startForTest(declaration, options);
  running.push(started as TestEngine<unknown>);
  return started as TestEngine<unknown>;
}
afterEach(() => Promise.all(running.splice(0).map((started) => started.stop())));

/** A store of which the runtime only sees how it is. */
function fakeStore(state: { found: number | undefined; expected: number; answers: boolean }): Store {
  const fake: Partial<Store> = {
    ping: async () => (state.answers ? 1 : undefined),
    schemaVersion: async () => {
      if (!state.answers) throw new TransientError('away');
      return { found: state.found, expected: state.expected };
    },
    flush: async () => undefined,
    status: () => ({ connected: state.answers, latencyMs: 1, connectionsActive: 0, connectionsMax: 1, queuedRows: 0, waitingRows: 0, writtenRows: 0, lastError: null }),
  };
  return fake as Store;
}

describe('an engine', () => {
  it('builds its state before the first message and is told when all runs', async () => {
    const order: string[] = [];
    const started = await start(
      engine({
        start: (context) => (order.push(`start ${context.engine.engine}`), { seen: [] as string[] }),
        ready: () => void order.push('ready'),
        consumes: [{ topic: topics.marketData.all, handler: (message, context) => void (context.state as { seen: string[] }).seen.push(message.topic) }],
      }),
    );
    expect(order).toEqual(['start vpin', 'ready']);
    await started.bus.publish(topics.marketData.tick.of('IBM'), { price: '1' });
    await eventually(() => expect((started.runtime.context.state as { seen: string[] }).seen).toEqual([topics.marketData.tick.of('IBM')]));
  });

  it('claims the provenance of the data it consumed for what it publishes', async () => {
    const started = await start(
      engine({ consumes: [{ topic: topics.marketData.all, handler: (_message, context) => context.bus.publish(topics.vpin.calculation.of('IBM'), {}) }] }),
    );
    const heard = await started.listen(topics.vpin.all);
    await started.bus.publish(topics.marketData.tick.of('IBM'), {}, { provenance: 'simulated' });
    await eventually(() => expect(heard).toMatchObject([{ source_engine: 'vpin', provenance: 'simulated' }]));
  });

  it('sends each topic to the handler that asked for it, although one group reads all', async () => {
    const seen: string[] = [];
    const note = (who: string) => (message: { topic: string }) => void seen.push(`${who} ${message.topic}`);
    const started = await start(
      engine({ consumes: [{ topic: topics.marketData.all, handler: note('market') }, { topic: topics.features.all, handler: note('features') }] }),
    );
    await started.bus.publish(topics.marketData.tick.of('IBM'), {});
    await started.bus.publish(topics.feature.update.of('IBM'), {});
    await eventually(() => expect([...seen].sort()).toEqual([`features ${topics.feature.update.of('IBM')}`, `market ${topics.marketData.tick.of('IBM')}`]));
  });

  it('becomes degraded when its bus is lost, goes on answering, tells it, and recovers', async () => {
    const link = new MemoryLink();
    const started = await start(engine({}), { link });
    const alerts = await started.listen(topics.errorAlert.all);
    await started.request.get('/health').expect(200).expect(({ body }) => expect(body).toMatchObject({ status: 'operational', problems: [] }));

    link.set(false);
    await eventually(async () => {
      const { body } = await started.request.get('/health').expect(200);
      expect(body).toMatchObject({ status: 'degraded', health: 'unhealthy', messagebus_connected: false, problems: [{ dependency: BUSES.marketdata.field }, { dependency: BUSES.engine_logic.field }] });
    });
    await started.request.get('/health/ready').expect(503);
    await started.request.get('/health/ready?scope=traffic').expect(200);

    link.set(true);
    await eventually(async () => expect((await started.request.get('/health').expect(200)).body).toMatchObject({ status: 'operational', problems: [] }));
    await started.request.get('/health/ready').expect(200);
    await eventually(() => expect(alerts.map((alert) => (alert.payload as { dependency: string }).dependency).sort()).toEqual(['engine_logic_bus', 'marketdata_bus']));
  });

  it('publishes its health when it is ready', async () => {
    const listener = await start(engine({ name: 'risk' }));
    const heard = await listener.listen(topics.engineHealth.of('vpin'));
    await start(engine({}), { network: listener.network });
    await eventually(() => expect(heard).toMatchObject([{ priority: 'LOW', payload: { engine: 'vpin', status: 'operational' } }]));
  });

  it('counts as operational without a bus when the bus was switched off', async () => {
    const started = await start(engine({ ready: (context) => context.bus.publish(topics.vpin.calculation.of('IBM'), {}) }), { settings: { MESSAGEBUS_ENABLED: '0' } });
    const { body } = await started.request.get('/health').expect(200);
    expect(body).toMatchObject({ status: 'operational', messagebus_enabled: false, messagebus_connected: false });
  });

  it('is the triple form with a bus more, a group and a name of its own', async () => {
    const started = await start(engine({ consumes: [{ topic: topics.marketData.all, handler: () => undefined }] }), { architecture: 'triple_bus' });
    const { body } = await started.request.get('/health').expect(200);
    expect(body).toMatchObject({ engine: 'vpin_triple_bus', triple_bus_connected: true, neural_gpu_bus_connected: true });
    const subscriptions = await started.request.get('/messagebus/subscriptions').expect(200);
    expect((subscriptions.body as { subscriptions: { group: string }[] }).subscriptions.every(({ group }) => group === 'vpin-triple')).toBe(true);
  });

  it('waits for the schema and says so, answering `starting` meanwhile', async () => {
    const state = { found: undefined as number | undefined, expected: 3, answers: true };
    const warned: string[] = [];
    const log = { info: () => undefined, debug: () => undefined, error: () => undefined, warn: (_: unknown, text: string) => void warned.push(text), child: () => log };
    const starting = start(engine({ needs: ['store'] }), { store: fakeStore(state), log });
    await eventually(() => expect(warned).toEqual(['waiting: the database has no schema yet; the migrator makes it']));
    state.found = 2;
    await eventually(() => expect(warned.at(-1)).toBe('waiting: the database has schema 2 and this build needs 3; the migrator brings it'));
    state.found = 3;
    await (await starting).request.get('/health').expect(200).expect(({ body }) => expect(body).toMatchObject({ status: 'operational', database_connected: true }));
  });

  it('becomes degraded when the database is lost', async () => {
    const state = { found: 3, expected: 3, answers: true };
    const started = await start(engine({ needs: ['store'] }), { store: fakeStore(state) });
    state.answers = false;
    await eventually(async () => expect((await started.request.get('/health').expect(200)).body).toMatchObject({ status: 'degraded', problems: [{ dependency: 'database' }] }));
  });

  it('refuses the use of a store that it does not declare', async () => {
    const started = await start(engine({}));
    expect(() => started.runtime.context.store.market).toThrow('vpin does not declare the need of a store');
  });

  it('ends in order: producers, work in hand, own state, and only then HTTP', async () => {
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const inHand = Promise.withResolvers<void>();
    const started = await startForTest(
      engine({
        ready: (context) => context.signal.addEventListener('abort', () => order.push('producers')),
        consumes: [{
          topic: topics.marketData.all,
          handler: async () => {
            inHand.resolve();
            await gate.promise;
            order.push('work in hand');
          },
        }],
        stop: async (context) => {
          const response = await fetch(`http://localhost:${context.engine.port}/health/ready?scope=traffic`);
          order.push(`own state, ready ${response.status}`);
        },
      }),
    );
    await started.bus.publish(topics.marketData.tick.of('IBM'), {});
    await inHand.promise;
    const stopped = started.stop().then(() => order.push('stopped'));
    await eventually(() => expect(order).toEqual(['producers']));
    gate.resolve();
    await stopped;
    expect(order).toEqual(['producers', 'work in hand', 'own state, ready 503', 'stopped']);
    await expect(fetch(`${started.url}/health`)).rejects.toThrow();
  });

  it('closes what it opened when its start fails', async () => {
    let port = 0;
    const failing = engine({
      start: (context) => {
        port = context.engine.port;
        throw new Error('no model file');
      },
    });
    await expect(startForTest(failing)).rejects.toThrow('no model file');
    await expect(fetch(`http://localhost:${port}/health`)).rejects.toThrow();
  });

  it('runs declared jobs with its context', async () => {
    const { post } = routesOf<never>();
    const started = await start(
      engine({
        jobs: { sum: { summary: 'adds', run: async (input, _run, context) => ({ sum: (input as number[]).reduce((a, b) => a + b, 0), engine: context.engine.engine }) } },
        routes: [post('/sum', { summary: 'Adds.', body: z.array(z.number()), response: z.unknown(), status: 202 }, ({ body }, context: Parameters<NonNullable<Any['ready']>>[0]) => context.jobs.submit('sum', body)) as never],
      }),
    );
    const { body } = await started.request.post('/sum').send([1, 2, 3]).expect(202);
    const { job_id } = body as { job_id: string };
    await eventually(async () => expect((await started.request.get(`/jobs/${job_id}`).expect(200)).body).toMatchObject({ status: 'completed' }));
    expect(await started.runtime.context.jobs.result(job_id)).toEqual({ sum: 6, engine: 'vpin' });
  });
});

describe('a group of consumptions', () => {
  it('refuses a batch beside other topics, because one reader would take what the other needs', async () => {
    const mixed = engine({ consumes: [{ topic: topics.marketData.all, batch: () => undefined }, { topic: topics.features.all, handler: () => undefined }] });
    await expect(startForTest(mixed)).rejects.toThrow('give the batch a groupSuffix');
  });
});
