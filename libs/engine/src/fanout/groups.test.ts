import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FanoutClient, TopicAccess } from './client.ts';
import { EVERY_TOPIC } from './client.ts';
import { Groups, patternsThatMatch } from './groups.ts';

const client = (subscriptions: readonly string[], access: TopicAccess = EVERY_TOPIC): FanoutClient => ({ subscriptions: new Set(subscriptions), access }) as unknown as FanoutClient;
const segment = fc.constantFrom('a', 'b', 'ab', 'B_1', 'x-y');
const topic = fc.array(segment, { minLength: 2, maxLength: 5 }).map((segments) => segments.join('.'));
const pattern = fc.oneof(topic, topic.map((text) => `${text}.*`), segment.map((text) => `${text}.*`), fc.constant('*'));

/** A pattern as a regular expression: `*` is one or more trailing segments. */
const expression = (text: string): RegExp => new RegExp(`^${text === '*' ? '.+' : text.replaceAll('.', '\\.').replace(/\*$/, '.+')}$`);

describe('wildcard matching', () => {
  it('equals a regular expression', () => {
    fc.assert(fc.property(topic, pattern, (text, wild) => {
      expect(patternsThatMatch(text).includes(wild)).toBe(expression(wild).test(text));
    }), { numRuns: 2_000 });
  });

  it('finds each group that asked for the topic once, and none that left', () => {
    fc.assert(fc.property(fc.array(fc.uniqueArray(pattern, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), topic, fc.nat(8), (asked, text, leaves) => {
      const groups = new Groups();
      const clients = asked.map((patterns) => client(patterns));
      clients.forEach((each) => groups.place(each));
      const gone = clients[leaves];
      if (gone !== undefined) groups.remove(gone);
      const reached = [...groups.of(text)].flatMap((group) => [...group.clients]);
      const expected = clients.filter((each) => each !== gone && [...each.subscriptions].some((wild) => expression(wild).test(text)));
      expect(reached).toHaveLength(expected.length);
      expect(new Set(reached)).toEqual(new Set(expected));
    }));
  });

  it('keeps clients of other rights apart', () => {
    const groups = new Groups();
    const guest: TopicAccess = { key: 'guest', mayRead: (text) => !text.startsWith('order.'), mayAsk: () => true };
    const [one, other] = [client(['*']), client(['*'], guest)];
    groups.place(one);
    groups.place(other);
    const reached = (text: string): FanoutClient[] => [...groups.of(text)].flatMap((group) => [...group.clients]);
    expect([reached('order.request.X'), reached('price.update.X')]).toEqual([[one], [one, other]]);
  });
});
