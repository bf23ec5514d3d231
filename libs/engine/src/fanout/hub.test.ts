import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BookImage, type BookUpdate, type Priority } from '@nautilus/model';
import { HubStage, type StageClient } from './fixtures/hub-stage.ts';
import type { ServerFrame } from './frame.ts';
import { MSGPACK_PROTOCOL, type FanoutHub } from './hub.ts';

let stage: HubStage;
let hand: HubStage['hand'];
let hub: FanoutHub;

const join = (path?: string, protocol?: string): StageClient => stage.join(path, protocol);
const publish = (topic: string, data: unknown, priority?: Priority): string => stage.publish(topic, data, priority);

beforeEach(async () => {
  stage = await new HubStage().open();
  ({ hand, hub } = stage);
});

afterEach(() => stage.close());

describe('fan-out', () => {
  it('gives nothing but welcome until a subscribe, then every message of the topic in order', async () => {
    const client = join();
    await client.welcomed();
    publish('price.update.IBM', { n: 0 });
    await hub.flush();
    await client.subscribed('price.update.*');
    for (let n = 1; n <= 5; n++) publish('price.update.IBM', { n });
    publish('volume.update.IBM', { n: 99 });
    await hub.flush();
    await client.until((frame) => frame.seq === 6);
    expect(client.data().map((frame) => frame.data)).toEqual([1, 2, 3, 4, 5].map((n) => ({ n })));
    expect(client.data().map((frame) => frame.seq)).toEqual([2, 3, 4, 5, 6]);
  });

  it('subscribes by path at once', async () => {
    const client = join('/alerts');
    await client.until((frame) => frame.message_type === 'subscribed');
    publish('risk.alert.P1', { breach: 1 }, 'CRITICAL');
    await client.until((frame) => frame.message_type === 'data');
    expect(client.data()[0]?.topic).toBe('risk.alert.P1');
  });

  it('speaks msgpack when the subprotocol is agreed on', async () => {
    const client = await join('/', MSGPACK_PROTOCOL).subscribed('price.update.IBM');
    publish('price.update.IBM', { price: 181.5 });
    await hub.flush();
    await client.until((frame) => frame.message_type === 'data');
    expect(client.data()[0]?.data).toEqual({ price: 181.5 });
  });

  it('frames payloads of every size class so that a client can read them', async () => {
    const client = await join().subscribed('system.alert.*');
    for (const size of [10, 200, 70_000]) publish('system.alert.x', 'x'.repeat(size));
    await hub.flush();
    await client.until((frame) => frame.seq === 3);
    expect(client.data().map((frame) => (frame.data as string).length)).toEqual([10, 200, 70_000]);
  });
});

describe('recovery', () => {
  it('resends what was missed after from_seq, once', async () => {
    for (let n = 1; n <= 4; n++) publish('system.alert.x', n);
    const client = join();
    await client.welcomed();
    client.say({ action: 'subscribe', topics: ['system.alert.x'], from_seq: 2, epoch: hub.epoch });
    await client.until((frame) => frame.seq === 4);
    publish('system.alert.x', 5);
    await hub.flush();
    await client.until((frame) => frame.seq === 5);
    expect(client.data().map((frame) => frame.seq)).toEqual([3, 4, 5]);
  });

  it('announces a gap and gives the last state when the past is no longer kept', async () => {
    for (let n = 1; n <= 1_500; n++) publish('price.update.IBM', n);
    const client = join();
    await client.welcomed();
    client.say({ action: 'subscribe', topics: ['price.update.IBM'], from_seq: 2 });
    const gap = await client.until((frame) => frame.message_type === 'gap');
    expect(gap.data).toMatchObject({ from_seq: 2, to_seq: 1_500 });
    expect((await client.until((frame) => frame.message_type === 'snapshot')).data).toBe(1_500);
  });

  it('resumes each topic of a pattern where the client says, and one that it does not know from its start', async () => {
    for (let n = 1; n <= 3; n++) for (const topic of ['system.alert.a', 'system.alert.b', 'system.alert.c']) publish(topic, n);
    const client = join();
    await client.welcomed();
    client.say({ action: 'subscribe', topics: ['system.alert.*'], seqs: { 'system.alert.a': 1, 'system.alert.b': 3 }, epoch: hub.epoch });
    await client.until((frame) => frame.topic === 'system.alert.c' && frame.seq === 3);
    expect(client.data().map(({ topic, seq }) => [topic, seq])).toEqual([['system.alert.a', 2], ['system.alert.a', 3], ['system.alert.c', 1], ['system.alert.c', 2], ['system.alert.c', 3]]);
  });

  it('trusts no sequence number of another epoch', async () => {
    publish('price.update.IBM', 1);
    const client = join();
    await client.welcomed();
    client.say({ action: 'subscribe', topics: ['price.update.IBM'], from_seq: 0, epoch: 'earlier' });
    await client.until((frame) => frame.message_type === 'gap');
    expect(client.data()).toEqual([]);
  });
});

describe('order books', () => {
  const TOPIC = 'market_data.level2.X';
  const book = (id: number, more: Partial<BookUpdate> = {}): BookUpdate => ({
    type: 'delta', symbol: 'X', venue: '', ts_event_ns: 5_000_000n as BookUpdate['ts_event_ns'], ts_ingest_ns: 6n as BookUpdate['ts_ingest_ns'], seq: id, source: 's', provenance: 'replay',
    run_id: 'r', bids: [[90 + (id % 7), id]], asks: [], last_update_id: id, previous_update_id: id - 1, reason: null, ...more,
  });
  const whole = (id: number): BookUpdate => book(id, { type: 'snapshot', bids: [[99, 1], [98, 2]], asks: [[101, 3]], previous_update_id: null });
  /** The book as a client knows it that simply applies what it gets, and whether it was ever told something out of order. */
  const rebuilt = (frames: readonly ServerFrame[]): { readonly bids: readonly unknown[]; readonly id: number | undefined; readonly wrong: number } => {
    const image = new BookImage();
    let wrong = 0;
    for (const { topic, data } of frames) {
      const update = data as BookUpdate;
      if (topic === TOPIC && 'last_update_id' in (data as object) && image.take({ ...update, ts_event_ns: 0n as never, ts_ingest_ns: 0n as never }) !== 'applied') wrong += 1;
    }
    return { bids: image.snapshot()?.bids ?? [], id: image.snapshot()?.last_update_id, wrong };
  };

  it('come as a snapshot, then as deltas, also to a client that subscribes within a tick', async () => {
    publish(TOPIC, whole(10));
    publish(TOPIC, book(11));
    await hub.flush();
    const early = await join().subscribed(TOPIC);
    publish(TOPIC, book(12));
    const late = await join().subscribed(TOPIC);
    publish(TOPIC, book(13));
    await hub.flush();
    for (const client of [early, late]) {
      await client.until((frame) => frame.seq === 4);
      expect(rebuilt(client.frames)).toMatchObject({ id: 13, wrong: 0 });
    }
    expect(early.frames.filter(({ topic }) => topic === TOPIC).map(({ message_type, seq }) => [message_type, seq])).toEqual([['snapshot', 2], ['data', 3], ['data', 4]]);
    expect(late.frames.filter(({ topic }) => topic === TOPIC).map(({ message_type, seq }) => [message_type, seq])).toEqual([['snapshot', 3], ['data', 4]]);
    expect(rebuilt(late.frames).bids).toEqual(rebuilt(early.frames).bids);
    expect(early.frames.find(({ message_type }) => message_type === 'snapshot')).toMatchObject({ ts_event: '1970-01-01T00:00:00.005Z', data: { bids: [[99, 1], [98, 2], [94, 11]] } });
  });

  it('that lost updates are announced as a gap and shown again with the next snapshot', async () => {
    const client = await join().subscribed(TOPIC);
    for (const update of [whole(10), book(12), book(13), whole(20), book(19), book(21)]) publish(TOPIC, update);
    await hub.flush();
    await client.until((frame) => frame.seq === 4);
    expect(client.frames.filter(({ topic }) => topic === TOPIC).map(({ message_type, seq }) => [message_type, seq])).toEqual([['snapshot', 1], ['gap', 2], ['snapshot', 3], ['data', 4]]);
    publish(TOPIC, book(30));
    await hub.flush();
    const late = await join().subscribed(TOPIC);
    expect((await late.until((frame) => frame.topic === TOPIC)).message_type).toBe('gap');
  });

  it('are resumed with the missing deltas, and with gap and snapshot when those are no longer kept', async () => {
    publish(TOPIC, whole(10));
    for (let id = 11; id <= 14; id++) publish(TOPIC, book(id));
    const client = join();
    await client.welcomed();
    client.say({ action: 'resume', id: 'r1', topics: [{ topic: TOPIC, epoch: hub.epoch, seq: 3 }] });
    await client.until((frame) => frame.seq === 5);
    expect(client.frames.filter(({ topic }) => topic === TOPIC).map(({ message_type, seq }) => [message_type, seq])).toEqual([['data', 4], ['data', 5]]);
    expect(client.frames.find(({ message_type }) => message_type === 'subscribed')?.id).toBe('r1');
    for (let id = 15; id <= 1_100; id++) publish(TOPIC, book(id));
    await hub.flush();
    const lost = join();
    await lost.welcomed();
    lost.say({ action: 'resume', topics: [{ topic: TOPIC, epoch: hub.epoch, seq: 3 }] });
    await lost.until((frame) => frame.message_type === 'snapshot');
    expect(lost.frames.filter(({ topic }) => topic === TOPIC).map(({ message_type, seq }) => [message_type, seq])).toEqual([['gap', 1_091], ['snapshot', 1_091]]);
    expect(rebuilt(lost.frames)).toMatchObject({ id: 1_100 });
  });

  it('are merged for a client that conflates: fewer messages, the same book, never one out of order', async () => {
    const [all, few] = [await join().subscribed(TOPIC), join()];
    await few.welcomed();
    few.say({ action: 'subscribe', topics: [TOPIC], conflate_ms: 1_000 });
    await few.until((frame) => frame.message_type === 'subscribed');
    publish(TOPIC, whole(10));
    for (let id = 11; id <= 60; id++) {
      publish(TOPIC, book(id, { bids: [[90 + (id % 7), id % 3 === 0 ? 0 : id]], asks: [[101 + (id % 5), id % 4]] }));
      if (id === 35) publish(TOPIC, book(37));
      if (id === 35) publish(TOPIC, whole(35));
      hand.time += 150;
      await hub.flush();
    }
    hand.time += 1_000;
    await hub.flush();
    await few.until((frame) => (frame.data as BookUpdate | null)?.last_update_id === 60);
    await all.until((frame) => (frame.data as BookUpdate | null)?.last_update_id === 60);
    const [full, merged] = [rebuilt(all.frames), rebuilt(few.frames)];
    expect(merged).toEqual(full);
    expect([full.id, merged.wrong]).toEqual([60, 0]);
    const [sent, skipped] = [few.frames.filter(({ topic }) => topic === TOPIC), few.frames.reduce((sum, frame) => sum + (frame.skipped ?? 0), 0)];
    expect(sent.length).toBeLessThan(20);
    expect(sent.length + skipped).toBe(all.frames.filter(({ topic }) => topic === TOPIC).length);
  });
});

describe('back-pressure', () => {
  it('leaves out superseded prices for a slow client, keeps every event, and says how many it skipped', async () => {
    const slow = await join().subscribed('price.update.*', 'system.alert.*');
    const fast = await join().subscribed('price.update.*', 'system.alert.*');
    slow.socket.pause();
    const filler = 'x'.repeat(40_000);
    // The system's socket buffers take some hundreds of kilobytes before the client counts as slow.
    let rounds = 0;
    const slowView = (): number => Math.max(...hub.connections().map((view) => view.skipped));
    while (slowView() < 3) {
      publish('price.update.IBM', { n: rounds, filler });
      if (rounds % 25 === 0) publish('system.alert.x', { n: rounds });
      await hub.flush();
      await fast.until((frame) => frame.topic === 'price.update.IBM' && (frame.data as { n: number }).n === rounds);
      rounds += 1;
    }
    const alerts = Math.ceil(rounds / 25);
    slow.socket.resume();
    await slow.until((frame) => frame.topic === 'price.update.IBM' && (frame.data as { n: number }).n === rounds - 1);
    await slow.until((frame) => frame.topic === 'system.alert.x' && frame.seq === alerts);
    const prices = slow.data().filter((frame) => frame.topic === 'price.update.IBM');
    const skipped = prices.reduce((sum, frame) => sum + (frame.skipped ?? 0), 0);
    expect(skipped).toBeGreaterThanOrEqual(3);
    expect(prices.length + skipped).toBe(rounds);
    expect(slow.data().filter((frame) => frame.topic === 'system.alert.x').length).toBe(alerts);
    expect(fast.data().filter((frame) => frame.topic === 'price.update.IBM').length).toBe(rounds);
  });

  it('closes a client whose backlog only grows, with 4413, and serves the others', async () => {
    const slow = await join().subscribed('system.alert.*');
    const fast = await join().subscribed('system.alert.*');
    slow.socket.pause();
    let rounds = 0;
    while (hub.connections().every((view) => view.status !== 'closing')) {
      publish('system.alert.x', 'x'.repeat(60_000));
      await hub.flush();
      rounds += 1;
      await fast.until((frame) => frame.seq === rounds);
    }
    slow.socket.resume();
    expect(await slow.ended).toBe(4413);
    expect(fast.data().length).toBe(rounds);
  });

  it('closes a client that stays above the soft limit for ten seconds, and names the events that it did not get', async () => {
    const slow = await join().subscribed('system.alert.*');
    slow.socket.pause();
    const sent: string[] = [];
    while (hub.connections().every(({ status }) => status === 'open')) {
      sent.push(publish('system.alert.x', 'x'.repeat(30_000)));
      await hub.flush();
    }
    await hub.flush();
    hand.time += 9_999;
    await hub.flush();
    expect(hub.connections().map(({ status }) => status)).toEqual(['slow']);
    hand.time += 1;
    await hub.flush();
    slow.socket.resume();
    expect(await slow.ended).toBe(4413);
    const lost = await stage.firstLost;
    // At least the soft limit was not with the system, and what was not is the end of what was sent.
    expect(lost.length).toBeGreaterThanOrEqual(3);
    expect(lost).toEqual(sent.slice(-lost.length));
  });
});

describe('conflation', () => {
  const subscribe = async (...subscriptions: object[]): Promise<StageClient> => {
    const client = join();
    await client.welcomed();
    for (const subscription of subscriptions) client.say({ action: 'subscribe', ...subscription });
    await client.until(() => client.frames.filter((frame) => frame.message_type === 'subscribed').length === subscriptions.length);
    return client;
  };
  const got = (client: StageClient): [string | null, unknown, number][] => client.data().map((frame) => [frame.topic, frame.data, frame.skipped ?? 0]);

  it('gives the newest price per interval, with the count of the others', async () => {
    const client = await subscribe({ topics: ['price.update.*'], conflate_ms: 1_000 });
    publish('price.update.IBM', 1);
    await hub.flush();
    for (let n = 2; n <= 4; n++) {
      publish('price.update.IBM', n);
      await hub.flush();
    }
    hand.time += 1_000;
    await hub.flush();
    await client.until((frame) => frame.data === 4);
    expect(got(client)).toEqual([['price.update.IBM', 1, 0], ['price.update.IBM', 4, 2]]);
    expect([hub.skipped, hub.delivered]).toEqual([2, 2]);
  });

  it('concerns the subscription that asks for it, and never an event', async () => {
    const client = await subscribe({ topics: ['price.update.*', 'system.alert.*'], conflate_ms: 60_000 }, { topics: ['volume.update.IBM', 'price.update.MSFT'] });
    for (let n = 1; n <= 3; n++) {
      for (const topic of ['price.update.IBM', 'price.update.MSFT', 'volume.update.IBM', 'system.alert.x']) publish(topic, n);
      await hub.flush();
    }
    await client.until((frame) => frame.topic === 'system.alert.x' && frame.data === 3);
    const of = (topic: string): unknown[] => client.data().filter((frame) => frame.topic === topic).map((frame) => frame.data);
    expect(['price.update.IBM', 'price.update.MSFT', 'volume.update.IBM', 'system.alert.x'].map(of)).toEqual([[1], [1, 2, 3], [1, 2, 3], [1, 2, 3]]);
    expect(hub.connections()).toMatchObject([{ queue: 1, status: 'open' }]);
  });

  it('ends with its subscription, or when it is asked for no longer', async () => {
    const client = await subscribe({ topics: ['price.update.*'], conflate_ms: 60_000 }, { topics: ['volume.update.*'], conflate_ms: 60_000 });
    for (let n = 1; n <= 2; n++) for (const topic of ['price.update.IBM', 'volume.update.IBM']) publish(topic, n);
    await hub.flush();
    client.say({ action: 'unsubscribe', topics: ['volume.update.*'] });
    client.say({ action: 'subscribe', topics: ['price.update.*'], conflate_ms: 0, snapshot: false });
    client.say({ action: 'ping' });
    await client.until((frame) => frame.message_type === 'pong');
    await hub.flush();
    publish('price.update.IBM', 3);
    await hub.flush();
    await client.until((frame) => frame.data === 3);
    expect(got(client)).toEqual([['price.update.IBM', 1, 0], ['volume.update.IBM', 1, 0], ['price.update.IBM', 2, 0], ['price.update.IBM', 3, 0]]);
  });
});

describe('manners', () => {
  it('answers malformed frames and bad patterns with an error and goes on', async () => {
    const client = join();
    await client.welcomed();
    client.socket.send('{');
    await client.until((frame) => frame.message_type === 'error');
    client.say({ action: 'subscribe', topics: ['a.*.b', 'price.update.IBM'] });
    const refused = await client.until((frame) => (frame.data as { code?: string }).code === 'bad_pattern');
    expect(refused.data).toMatchObject({ topic: 'a.*.b' });
    expect((await client.until((frame) => frame.message_type === 'subscribed')).data).toMatchObject({ topics: ['price.update.IBM'] });
  });

  it('closes a client after ten malformed frames in a minute', async () => {
    const client = join();
    await client.welcomed();
    for (let i = 0; i < 10; i++) client.socket.send('{');
    expect(await client.ended).toBe(1003);
  });

  it('beats every 30 s and closes a client silent for 90 s with 4408', async () => {
    const client = join();
    await client.welcomed();
    hand.beat(30_000);
    await client.until((frame) => frame.message_type === 'heartbeat');
    hand.time += 200_000;
    hand.beat(30_000);
    expect(await client.ended).toBe(4408);
  });

  it('answers unknown actions without end, since they are not malformed', async () => {
    const client = join();
    await client.welcomed();
    for (let i = 0; i < 20; i++) client.say({ action: 'teleport', id: i });
    await client.until((frame) => frame.id === 19);
    expect(client.socket.readyState).toBe(1);
  });

  it('stamps a message when it happened, was published and went to sockets', async () => {
    const client = await join().subscribed('price.update.*');
    hub.publish({ topic: 'price.update.IBM', data: { ts_event_ns: 5_000_000n }, messageId: 'm', timestamp: hand.time - 7, priority: 'NORMAL' });
    hand.time += 20;
    await hub.flush();
    const { ts_event, timestamp, ts_socket } = await client.until((frame) => frame.message_type === 'data');
    expect([ts_event, timestamp, ts_socket]).toEqual(['1970-01-01T00:00:00.005Z', '1970-01-01T00:16:39.993Z', '1970-01-01T00:16:40.020Z']);
  });

  it('spreads its goodbyes over the time that it has', async () => {
    for (let i = 0; i < 40; i++) await join().welcomed();
    const started = hand.time;
    await hub.close(10_000);
    // 5 ms for each.
    expect(hand.time - started).toBeGreaterThanOrEqual(150);
    expect(hand.time - started).toBeLessThanOrEqual(200);
    expect(hub.connections().every(({ status }) => status === 'closing')).toBe(true);
  });

  it('says goodbye with 1012', async () => {
    const client = await join().subscribed('system.alert.*');
    publish('system.alert.x', 'last');
    await hub.close();
    expect(await client.ended).toBe(1012);
    expect(client.data().length).toBe(1);
  });
});
