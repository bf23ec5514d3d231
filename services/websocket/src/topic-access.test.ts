import { describe, expect, it } from '@jest/globals';
import { accessOf, parseTopicRule } from './topic-access.ts';

const rules = ['order.request.*=trade', 'system.failure.*=admin'].map((text) => parseTopicRule(text)!);
const of = (scope: 'read' | 'trade' | 'admin') => accessOf({ name: 'k', scope }, rules);

describe('what a key may read', () => {
  it.each([
    ['read', 'price.update.IBM', true], ['read', 'order.request.IBM', false], ['trade', 'order.request.IBM', true],
    ['trade', 'system.failure.x', false], ['admin', 'system.failure.x', true],
  ] as const)('%s: %s %s', (scope, topic, may) => {
    expect(of(scope).mayRead(topic)).toBe(may);
  });

  it('refuses a pattern only when nothing of it may be read', () => {
    expect(['*', 'order.*', 'order.request.*', 'order.request.desk.*', 'order.request.IBM'].map((pattern) => of('read').mayAsk(pattern))).toEqual([true, true, false, false, false]);
  });

  it('is everything when there are no keys', () => {
    expect(accessOf(undefined, rules).mayRead('system.failure.x')).toBe(true);
  });

  it.each(['order.request.*', 'order.request.*=root', 'order.*.x=trade', '=trade', 'a.b=read=x'])('%s is no rule', (text) => {
    expect(parseTopicRule(text)).toBeUndefined();
  });
});
