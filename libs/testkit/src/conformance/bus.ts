import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { InvalidInputError, busesFor, replyTopicFor, routeOf, topics, withAliases, type Message } from '@nautilus/model';
import type { Bus, BusAmbient, BusOptions, Consumption } from '@nautilus/bus';
import { linkLossConformance } from './bus-link-loss.ts';
import { numbers, publishAll, range, tick } from './bus-messages.ts';
import { createIds } from './ids.ts';
import { eventually } from '../eventually.ts';

/** What a transport must offer to be put through the suite. Each harness is one network, shared by its clients. */
export interface BusHarness {
  connect(options: BusOptions): Bus;
  /** Every connection is lost at once, and none is possible, until `heal`. */
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** The server forgets everything, as after a restart without persistence. */
  loseData(): Promise<void>;
  close(): Promise<void>;
}

const RECLAIM_MS = 600;
const THREE = ['marketdata', 'engine_logic', 'neural_gpu'] as const;

const ambient: BusAmbient = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  newId: createIds(),
  after: (ms, run) => {
    const handle = setTimeout(run, ms);
    return () => clearTimeout(handle);
  },
  random: () => Math.random(),
};

/** The promises of contract.md, sections 4.2 to 4.6, for any transport. */
export function busConformance(name: string, makeHarness: () => Promise<BusHarness>): void {
  describe(`the ${name} bus`, () => {
    let harness: BusHarness;
    const clients: Bus[] = [];
    let count = 0;

    const client = (engine: string, more: Partial<BusOptions> = {}): Bus => {
      const bus = harness.connect({
        identity: { engine, instance: `${engine}-${count++}`, port: 1, architecture: 'dual_bus', version: 'test' },
        ambient,
        route: (topic) => routeOf(topic, 'dual_bus'),
        busesFor,
        withAliases,
        replyTopic: replyTopicFor,
        buses: ['marketdata', 'engine_logic'],
        reclaimAfterMs: RECLAIM_MS,
        ...more,
      });
      clients.push(bus);
      return bus;
    };

    /** Listens and keeps what came. */
    const listen = async (bus: Bus, patterns: readonly string[], more: Partial<Consumption> = {}): Promise<Message[]> => {
      const got: Message[] = [];
      await bus.consume({ group: `g${count++}`, patterns, handler: (message) => void got.push(message), ...more });
      return got;
    };

    beforeAll(async () => {
      harness = await makeHarness();
    });
    afterEach(async () => {
      await harness.heal();
      await Promise.all(clients.splice(0).map((bus) => bus.close(1_000)));
    });
    afterAll(() => harness.close());

    it('delivers in the order of one publisher, every message once, with its envelope', async () => {
      const got = await listen(client('vpin'), [topics.marketData.all]);
      const publisher = client('marketdata');
      await publishAll(publisher, tick, 0, 500);
      await eventually(() => expect(got.length).toBe(500));
      expect(numbers(got)).toEqual(range(0, 500));
      expect(got[0]).toMatchObject({
        topic: tick, message_type: 'market_data', priority: 'NORMAL', source_engine: 'marketdata', target_engines: [],
        expiry_timestamp: null, correlation_id: null, reply_to: null, version: 1, mirrored_from: null, replayed: false,
      });
      expect(new Set(got.map((m) => m.message_id)).size).toBe(500);
    });

    it('takes a group back to where its state was saved, settled or not, and never forward', async () => {
      const publisher = client('marketdata');
      const sinceMs = Date.now();
      const taken: { readonly payload: unknown; readonly entryId: string; readonly attempt: number }[] = [];
      const consumption: Consumption = {
        group: `g${count++}`, patterns: [topics.marketData.all],
        handler: ({ payload }, { entryId, lane, attempt }) => void taken.push({ payload, entryId, attempt: lane === 'NORMAL' ? attempt : 0 }),
      };
      const first = await client('vpin').consume(consumption);
      for (let i = 0; i < 10; i++) await publisher.publish(tick, i);
      await eventually(() => expect(taken.length).toBe(10));
      await first.close(1_000);
      for (let i = 10; i < 15; i++) await publisher.publish(tick, i);

      const again = taken[6]!.entryId;
      taken.length = 0;
      const second = await client('vpin').consume({ ...consumption, resumeFrom: { sinceMs, entries: { marketdata: { NORMAL: again } } } });
      await eventually(() => expect(taken.length).toBe(9));
      expect(taken.map(({ payload }) => payload)).toEqual(range(6, 15));
      expect(taken.every(({ attempt }) => attempt === 1)).toBe(true);
      await second.close(1_000);

      // A point that the group has not reached leaves it where it is; a lane that no point names goes back to the time.
      await publisher.publish(tick, 15);
      taken.length = 0;
      const third = await client('vpin').consume({ ...consumption, resumeFrom: { sinceMs: Date.now() + 3_600_000, entries: {} } });
      await eventually(() => expect(taken.map(({ payload }) => payload)).toEqual([15]));
      await third.close(1_000);
      await client('vpin').consume({ ...consumption, resumeFrom: { sinceMs, entries: { engine_logic: { NORMAL: again } } } });
      await eventually(() => expect(new Set(taken.map(({ payload }) => payload))).toEqual(new Set(range(0, 16))));
    });

    it('carries bigint, unicode and nested payloads unharmed', async () => {
      const got = await listen(client('vpin'), [topics.marketData.all]);
      const payload = { ns: 1381152630270000001n, small: 5n, text: 'Grüße 株', list: [1.5, null, { deep: true }] };
      await client('marketdata').publish(tick, payload);
      await eventually(() => expect(numbers(got)).toEqual([payload]));
    });

    it('empties higher priorities first when both wait', async () => {
      const order: string[] = [];
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const publisher = client('vpin');
      const consumer = client('risk');
      await consumer.consume({
        group: `g${count++}`,
        patterns: [topics.errorAlert.all, topics.flashCrashAlert.all, topics.engineHealth.all],
        handler: async (message) => {
          await gate;
          order.push(message.topic);
        },
      });
      await publishAll(publisher, topics.engineHealth.of('x'), 0, 200);
      await publisher.publish(topics.errorAlert.of('x'), 1);
      await publisher.publish(topics.flashCrashAlert.of('x'), 1);
      // All are read before the first is let through: an entry for each alert and at least one for the rest.
      await eventually(() => {
        const [{ lag, pending } = { lag: -1, pending: -1 }] = consumer.status().filter(({ bus }) => bus === 'engine_logic');
        expect(lag).toBe(0);
        expect(pending).toBeGreaterThanOrEqual(3);
      });
      release();
      await eventually(() => expect(order.length).toBe(202));
      expect(order.indexOf(topics.flashCrashAlert.of('x'))).toBeLessThanOrEqual(60);
      expect(order.indexOf(topics.errorAlert.of('x'))).toBeLessThanOrEqual(120);
    });

    it('shares the work within a group and gives each group everything', async () => {
      const shared: Message[] = [];
      const take = (m: Message): void => void shared.push(m);
      for (const engine of ['vpin', 'vpin']) {
        await client(engine).consume({ group: 'shared', patterns: [topics.marketData.all], handler: take });
      }
      const other = await listen(client('features'), [topics.marketData.all]);
      const publisher = client('marketdata');
      for (let i = 0; i < 40; i++) await publishAll(publisher, tick, i * 10, i * 10 + 10);
      await eventually(() => expect([shared.length, other.length]).toEqual([400, 400]));
      expect(new Set(numbers(shared)).size).toBe(400);
    });

    it('matches wildcards and aliases, delivering once, and never gives back own messages', async () => {
      const risk = await listen(client('risk'), [topics.vpin.all]);
      const own = await listen(client('vpin'), [topics.vpin.all]);
      const withOwn = await listen(client('vpin'), [topics.vpin.all], { includeOwn: true });
      const publisher = client('vpin');
      await publisher.publish(topics.vpin.calculation.of('IBM'), 1);
      await publisher.publish(topics.toxicityAlert.of('IBM'), 2);
      await publisher.publish(topics.priceUpdate.of('IBM'), 3);
      await eventually(() => expect([risk.length, withOwn.length]).toEqual([2, 2]));
      expect(numbers(risk).sort()).toEqual([1, 2]);
      expect(own).toEqual([]);
    });

    it('tells what was received per pattern', async () => {
      const bus = client('risk');
      const subscription = await bus.consume({ group: `g${count++}`, patterns: [topics.vpin.all], handler: () => undefined });
      await client('vpin').publish(topics.toxicityAlert.of('IBM'), 1);
      await eventually(() => {
        const received = Object.fromEntries(subscription.patterns.map((p) => [p.pattern, p.received]));
        expect(received).toEqual({ [topics.vpin.all]: 0, [topics.toxicityAlert.all]: 1, [topics.flashCrashAlert.all]: 0 });
      });
      expect(subscription.patterns.map((p) => p.aliasOf)).toEqual([null, topics.vpin.all, topics.vpin.all]);
    });

    it('refuses a topic that is none and a pattern that is none', async () => {
      const bus = client('vpin');
      await expect(bus.publish('notopic', 1)).rejects.toThrow(InvalidInputError);
      await expect(bus.consume({ group: 'x', patterns: ['a.*.b'], handler: () => undefined })).rejects.toThrow(InvalidInputError);
    });

    it('hands messages of a crashed consumer to another one of its group', async () => {
      const group = `g${count++}`;
      let stuck = 0;
      await client('vpin').consume({
        group,
        patterns: [topics.marketData.all],
        // Never ends, as a process that hangs; nothing it holds is settled.
        handler: () => {
          stuck += 1;
          return new Promise<void>(() => undefined);
        },
      });
      const dead = clients.pop();
      await client('marketdata').publish(tick, 'first');
      await eventually(() => stuck === 1);
      await dead?.close(0);
      const got: Message[] = [];
      await client('vpin').consume({ group, patterns: [topics.marketData.all], handler: (m) => void got.push(m) });
      await eventually(() => expect(numbers(got)).toEqual(['first']));
    });

    it('tries a failing message five times, then buries it with the reason, and harms no neighbour', async () => {
      const group = `g${count++}`;
      const attempts: number[] = [];
      const good: unknown[] = [];
      const bus = client('vpin');
      await bus.consume({
        group,
        patterns: [topics.marketData.all],
        handler: (message, delivery) => {
          if (message.payload !== 'poison') return void good.push(message.payload);
          attempts.push(delivery.attempt);
          throw new Error('cannot digest it');
        },
      });
      const publisher = client('marketdata');
      await Promise.all(['a', 'poison', 'b'].map((payload) => publisher.publish(tick, payload)));
      await eventually(async () => expect((await bus.deadLetters('marketdata')).filter((l) => l.group === group).length).toBe(1), { deadlineMs: 20_000 });
      expect(attempts).toEqual([1, 2, 3, 4, 5]);
      expect(good).toEqual(['a', 'b']);
      const letter = (await bus.deadLetters('marketdata')).find((l) => l.group === group);
      expect(letter).toMatchObject({ reason: 'cannot digest it', attempts: 5, message: { payload: 'poison', topic: tick } });
      await eventually(() => expect(bus.status().find((s) => s.bus === 'marketdata')?.deadLetters).toBe(1));
    });

    it('buries invalid input at the first try, and delivers it again to that group alone on request', async () => {
      const group = `g${count++}`;
      const bus = client('vpin');
      let healed = false;
      const got: unknown[] = [];
      await bus.consume({
        group,
        patterns: [topics.marketData.all],
        handler: (message) => {
          if (!healed) throw new InvalidInputError([{ path: 'price', message: 'is missing' }]);
          got.push(message.payload);
        },
      });
      const other = await listen(client('features'), [topics.marketData.all]);
      await client('marketdata').publish(tick, 7);
      const letter = await eventually(async () => (await bus.deadLetters('marketdata')).find((l) => l.group === group));
      healed = true;
      await bus.retryDeadLetter('marketdata', letter?.id ?? '');
      await eventually(() => expect(got).toEqual([7]));
      expect(numbers(other)).toEqual([7]);
      expect((await bus.deadLetters('marketdata')).filter((l) => l.group === group)).toEqual([]);
      await expect(bus.retryDeadLetter('marketdata', '1-1')).rejects.toMatchObject({ kind: 'not_found' });
    });

    it('keeps bytes that nobody can read beside the dead letters, with where they came from, and does not deliver them', async () => {
      const bus = client('marketdata');
      const origin = `from-${count++}`;
      await eventually(() => expect(bus.status().find((s) => s.bus === 'marketdata')?.connected).toBe(true));
      await bus.putDeadLetter('marketdata', { origin, reason: 'no JSON', raw: new TextEncoder().encode('{"price": 1,') });
      const letter = (await bus.deadLetters('marketdata')).find((l) => l.group === origin);
      expect(letter).toMatchObject({ reason: 'no JSON', attempts: 1, raw: Buffer.from('{"price": 1,').toString('base64') });
      expect(bus.status().find((s) => s.bus === 'marketdata')?.deadLetters).toBe(1);
      await expect(bus.retryDeadLetter('marketdata', letter?.id ?? '')).rejects.toMatchObject({ kind: 'invalid_input' });
      expect((await bus.deadLetters('marketdata')).some((l) => l.group === origin)).toBe(true);
    });

    it('gives a sink many at once, and each alone when the batch fails', async () => {
      const bus = client('marketdata');
      const sizes: number[] = [];
      const stored: unknown[] = [];
      await bus.consume({
        group: `g${count++}`,
        patterns: [topics.marketData.all],
        includeOwn: true,
        batch: (messages) => {
          sizes.push(messages.length);
          if (messages.some((m) => m.payload === 13)) throw new InvalidInputError([{ path: 'x', message: 'unlucky' }]);
          stored.push(...numbers(messages));
        },
      });
      await publishAll(bus, tick, 0, 300);
      await eventually(() => expect(stored.length).toBe(299));
      expect(Math.max(...sizes)).toBeGreaterThan(1);
      expect(new Set(stored).size).toBe(299);
    });

    it('keeps order per topic when several are handled at once', async () => {
      const seen = new Map<string, unknown[]>();
      await client('vpin').consume({
        group: `g${count++}`,
        patterns: [topics.marketData.all],
        concurrency: 4,
        handler: async (message) => {
          await new Promise((resolve) => setImmediate(resolve));
          seen.set(message.topic, [...(seen.get(message.topic) ?? []), message.payload]);
        },
      });
      const publisher = client('marketdata');
      const symbols = ['A', 'B', 'C', 'D', 'E'].map((s) => topics.marketData.tick.of(s));
      await Promise.all(range(0, 250).map((i) => publisher.publish(symbols[i % 5] ?? tick, i)));
      await eventually(() => expect([...seen.values()].flat().length).toBe(250));
      for (const list of seen.values()) expect(list).toEqual([...list].sort((a, b) => Number(a) - Number(b)));
    });

    it('drops and counts what expired before it could be handled', async () => {
      const bus = client('vpin');
      const group = `g${count++}`;
      await (await bus.consume({ group, patterns: [topics.marketData.all], handler: () => undefined })).close(0);
      const publisher = client('marketdata');
      await publisher.publish(tick, 'stale', { expiresInMs: 1 });
      await publisher.publish(tick, 'fresh', { expiresInMs: 60_000 });
      await eventually(() => Date.now() > 0);
      const late = client('vpin');
      const started = Date.now();
      await eventually(() => Date.now() > started + 5);
      const got: Message[] = [];
      await late.consume({ group, patterns: [topics.marketData.all], handler: (m) => void got.push(m) });
      await eventually(() => expect(numbers(got)).toEqual(['fresh']));
      expect(late.status().find((s) => s.bus === 'marketdata')?.expired).toBe(1);
    });

    it('handles one message id once, wherever it was copied from', async () => {
      const bus = client('risk');
      const got = await listen(bus, [topics.vpin.calculation.all]);
      const publisher = client('neural_gpu');
      await publisher.publish(topics.vpin.calculation.of('IBM'), 1, { messageId: 'same' });
      await publisher.publish(topics.vpin.calculation.of('IBM'), 1, { messageId: 'same', mirroredFrom: 'neural_gpu' });
      await publisher.publish(topics.vpin.calculation.of('IBM'), 2);
      await eventually(() => expect(numbers(got)).toEqual([1, 2]));
      expect(bus.status().find((s) => s.bus === 'engine_logic')?.duplicates).toBe(1);
    });

    it('hands bulk data to one taker, and forgets what nobody took in time', async () => {
      const [giver, taker] = [client('vpin'), client('neural_gpu')];
      for (const bus of [giver, taker]) await eventually(async () => expect(await bus.ping('engine_logic', 1_000)).toBeDefined());
      const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
      const name = await giver.putBulk('engine_logic', bytes, 60_000);
      expect(Buffer.from((await taker.takeBulk('engine_logic', name)) ?? []).equals(bytes)).toBe(true);
      expect(await taker.takeBulk('engine_logic', name)).toBeUndefined();
      const brief = await giver.putBulk('engine_logic', bytes, 1);
      const put = Date.now();
      await eventually(() => expect(Date.now()).toBeGreaterThan(put + 5));
      expect(await taker.takeBulk('engine_logic', brief)).toBeUndefined();
    });

    it('reads a chosen bus alone', async () => {
      const [twin, mirror] = [client('vpin_triple_bus', { buses: THREE, route: (topic) => routeOf(topic, 'triple_bus') }), client('neural_gpu', { buses: THREE })];
      const got: Message[] = [];
      await mirror.consume({ group: `g${count++}`, patterns: [topics.vpin.calculation.all], bus: 'neural_gpu', handler: (m) => void got.push(m) });
      await mirror.publish(topics.vpin.calculation.of('IBM'), 'on Engine Logic', { routingHistory: ['vpin_triple_bus'] });
      await twin.publish(topics.vpin.calculation.of('IBM'), 'on Neural-GPU');
      await eventually(() => expect(numbers(got)).toEqual(['on Neural-GPU']));
    });

    it('answers requests, and drops and counts a reply that comes after the deadline', async () => {
      const server = client('marketdata');
      let held: Message | undefined;
      await server.consume({
        group: `g${count++}`,
        patterns: [topics.dataRequest.all],
        handler: async (message) => {
          if (message.payload === 'hold') held = message;
          else await server.reply(message, { echo: message.payload });
        },
      });
      const asker = client('risk');
      const reply = await asker.request(topics.dataRequest.of('bars'), 'hello', { deadlineMs: 5_000 });
      expect(reply.payload).toEqual({ echo: 'hello' });
      await expect(asker.request(topics.dataRequest.of('bars'), 'hold', { deadlineMs: 200 })).rejects.toMatchObject({ kind: 'deadline' });
      const late = await eventually(() => held);
      if (late !== undefined) await server.reply(late, 'too late');
      await eventually(() => expect(asker.status().find((s) => s.bus === 'marketdata')?.lateReplies).toBe(1));
    });

    it('replays from an id and from a time, marked as replayed', async () => {
      const bus = client('vpin');
      const got = await listen(bus, [topics.marketData.all]);
      const publisher = client('marketdata');
      const before = Date.now();
      for (let i = 0; i < 5; i++) await publisher.publish(tick, i);
      await publisher.publish(topics.priceUpdate.of('IBM'), 'other');
      await eventually(() => expect(got.length).toBe(5));
      const all = await bus.replay({ bus: 'marketdata', pattern: topics.marketData.tick.all, from: { timeMs: before } });
      await eventually(() => expect(got.length).toBe(10));
      expect(all.replayed).toBe(5);
      expect(got.slice(5).every((m) => m.replayed)).toBe(true);
      expect(numbers(got.slice(5))).toEqual(range(0, 5));
      const last = await bus.replay({ bus: 'marketdata', pattern: topics.marketData.tick.all, from: { id: all.lastId ?? '' } });
      await eventually(() => expect(got.length).toBe(11));
      expect(last.replayed).toBe(1);
      expect(got.at(-1)?.payload).toBe(4);
    });

    it('starts a group at the beginning when asked to', async () => {
      const publisher = client('marketdata');
      const topic = topics.marketData.tick.of(`S${count++}`);
      await publishAll(publisher, topic, 0, 20);
      const got = await listen(client('vpin'), [topic], { from: 'beginning' });
      await eventually(() => expect(numbers(got)).toEqual(range(0, 20)));
    });

    linkLossConformance({ harness: () => harness, client, listen });

    it('finds the engines that announced themselves', async () => {
      client('vpin');
      const bus = client('features');
      await eventually(async () => {
        const engines = (await bus.discovered()).map((found) => found.engine);
        expect(engines).toEqual(expect.arrayContaining(['vpin', 'features']));
      });
    });

    it('ignores aliases and discovery when it is not universal', async () => {
      const bus = client('plain', { universal: false });
      const got = await listen(bus, [topics.vpin.all]);
      const publisher = client('vpin');
      await publisher.publish(topics.toxicityAlert.of('IBM'), 1);
      await publisher.publish(topics.vpin.calculation.of('IBM'), 2);
      await eventually(() => expect(numbers(got)).toEqual([2]));
      expect(await bus.discovered()).toEqual([]);
    });

    it('counts alike on both ends: published = received = acknowledged', async () => {
      const bus = client('vpin');
      await listen(bus, [topics.marketData.all]);
      const publisher = client('marketdata');
      await publishAll(publisher, tick, 0, 120);
      await eventually(() => expect(bus.status()[0]).toMatchObject({ received: 120, acked: 120 }));
      expect(publisher.status()[0]).toMatchObject({ published: 120, connected: true });
      expect(publisher.status()[0]?.priorities.NORMAL.out).toBe(120);
      expect(await bus.ping('marketdata', 1_000)).toBeGreaterThanOrEqual(0);
    });

    it('finishes what it has read before it closes', async () => {
      const bus = client('vpin');
      const got: unknown[] = [];
      const subscription = await bus.consume({
        group: `g${count++}`,
        patterns: [topics.marketData.all],
        handler: async (message) => {
          await new Promise((resolve) => setImmediate(resolve));
          got.push(message.payload);
        },
      });
      await publishAll(client('marketdata'), tick, 0, 100);
      await eventually(() => got.length > 0);
      await subscription.close(5_000);
      const settled = got.length;
      await new Promise((resolve) => setImmediate(resolve));
      expect(got.length).toBe(settled);
      expect(got).toEqual(range(0, settled));
    });
  });
}
