import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isStateTopic } from '@nautilus/model';
import { EVERY_TOPIC, FanoutClient } from './client.ts';
import { HubStage, type StageClient } from './fixtures/hub-stage.ts';
import { SlowLine } from './fixtures/slow-line.ts';
import { OutgoingMessage } from './frame.ts';

describe('resume', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ publish: fc.constantFrom('system.alert.a', 'system.alert.b', 'risk.alert.c') }) },
    { weight: 2, arbitrary: fc.constant('flush' as const) },
    { weight: 1, arbitrary: fc.constantFrom('cut' as const, 'come back' as const) },
  );

  it('gives a client that loses its connection at any time every event once, in order', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const stage = await new HubStage().open();
      const published = new Map<string, string[]>();
      const received = new Map<string, string[]>();
      const seqs: Record<string, number> = {};
      let client: StageClient | undefined;
      const comeBack = async (): Promise<void> => {
        client = stage.join();
        await client.welcomed();
        client.say({ action: 'subscribe', topics: ['system.alert.*', 'risk.alert.*'], seqs, epoch: stage.hub.epoch });
        await client.until((frame) => frame.message_type === 'subscribed');
      };
      const cut = (): void => {
        client?.socket.terminate();
        for (const { topic, seq, message_id: id } of client?.data() ?? []) {
          received.set(topic!, [...(received.get(topic!) ?? []), id]);
          seqs[topic!] = seq;
        }
        client = undefined;
      };
      const publish = (topic: string): void => void published.set(topic, [...(published.get(topic) ?? []), stage.publish(topic, {})]);
      try {
        await comeBack();
        for (const one of steps) {
          if (typeof one === 'object') publish(one.publish);
          else if (one === 'flush') await stage.hub.flush();
          else if (one === 'cut') cut();
          else if (client === undefined) await comeBack();
        }
        if (client === undefined) await comeBack();
        publish('system.alert.a');
        await stage.hub.flush();
        await client!.until(({ message_id: id }) => id === published.get('system.alert.a')?.at(-1));
        cut();
        expect(received).toEqual(published);
      } finally {
        stage.close();
      }
    }), { numRuns: 25 });
  }, 120_000);
});

describe('what a slow client or one that conflates gets', () => {
  const topics = ['price.update.A', 'price.update.B', 'volume.update.A', 'system.alert.x', 'risk.alert.y'];
  const interval = fc.constantFrom(0, 100, 1_000);
  const event = fc.oneof(
    { weight: 8, arbitrary: fc.record({ topic: fc.constantFrom(...topics), padding: fc.constantFrom(0, 300, 1_500) }) },
    { weight: 3, arbitrary: fc.record({ passes: fc.nat(800) }) },
    { weight: 2, arbitrary: fc.record({ reads: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ pattern: fc.constantFrom('*', 'price.update.*', 'volume.update.A'), interval }) },
  );
  const conflation = fc.record({ '*': interval, 'price.update.*': interval, 'price.update.A': interval }, { requiredKeys: ['*'] });

  it('is the last value of every state, every event, and the count of all that is missing between', async () => {
    await fc.assert(fc.asyncProperty(conflation, fc.array(event, { maxLength: 80 }), async (asked, events) => {
      const line = new SlowLine();
      const client = new FanoutClient({
        id: 'c', ip: '::1', now: 0, format: 'json', socket: line.socket, stream: line.stream,
        limits: { softBytes: 2_000, hardBytes: 1e9, slowMs: 1e9 }, access: EVERY_TOPIC, user: undefined,
      });
      const ask = (pattern: string, milliseconds: number): void => {
        client.conflation.set(pattern, milliseconds);
        client.subscriptions.add(pattern);
        client.conflation.changed();
      };
      for (const [pattern, milliseconds] of Object.entries(asked)) ask(pattern, milliseconds);
      const published: OutgoingMessage[] = [];
      let now = 0;
      for (const one of events) {
        if ('reads' in one) line.reads(one.reads);
        else if ('pattern' in one) ask(one.pattern, one.interval);
        else if ('passes' in one) client.tick((now += one.passes));
        else {
          const seq = published.filter(({ frame }) => frame.topic === one.topic).length + 1;
          const frame = { message_id: `${one.topic} ${seq}`, message_type: 'data' as const, topic: one.topic, data: 'x'.repeat(one.padding), timestamp: '', seq, epoch: 'e' };
          const message = new OutgoingMessage(frame, { isState: isStateTopic(one.topic) });
          published.push(message);
          client.offer([message], message.bytes('json'), now);
        }
        await turn();
      }
      line.reads(true);
      for (let i = 0; i < 5; i++) {
        await turn();
        client.tick((now += 1_000));
      }
      await turn();
      const got = line.frames();
      for (const topic of topics) {
        const [sent, seen] = [published.filter(({ frame }) => frame.topic === topic), got.filter((frame) => frame.topic === topic)];
        expect(seen.at(-1)?.message_id).toBe(sent.at(-1)?.frame.message_id);
        // Each says how many it stands for, so the numbers leave no hole.
        let last = 0;
        for (const { seq, skipped = 0 } of seen) {
          expect(seq).toBe(last + 1 + skipped);
          last = seq;
        }
        if (!isStateTopic(topic)) expect(seen).toHaveLength(sent.length);
      }
      expect(client.skipped).toBe(published.length - got.length);
      expect(client.delivered).toBe(got.length);
    }), { numRuns: 300 });
  }, 120_000);
});
