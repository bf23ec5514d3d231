import type { Principal, TopicAccess } from '@nautilus/engine';
import { EVERY_TOPIC } from '@nautilus/engine';
import { isPattern, matches } from '@nautilus/model';

type Scope = Principal['scope'];

const RANK: Readonly<Record<Scope, number>> = { read: 0, trade: 1, admin: 2 };

/** Topics that need more than a key to read. */
export interface TopicRule {
  readonly pattern: string;
  readonly scope: Scope;
}

/** `order.request.*=trade`; undefined for anything else. */
export function parseTopicRule(text: string): TopicRule | undefined {
  const [pattern = '', scope = '', ...more] = text.split('=');
  return more.length === 0 && isPattern(pattern) && scope in RANK ? { pattern, scope: scope as Scope } : undefined;
}

/** What a client may read. Without keys there are no roles, so everybody may read everything. */
export function accessOf(principal: Principal | undefined, rules: readonly TopicRule[]): TopicAccess {
  if (principal === undefined) return EVERY_TOPIC;
  const closed = rules.filter(({ scope }) => RANK[principal.scope] < RANK[scope]).map(({ pattern }) => pattern);
  if (closed.length === 0) return EVERY_TOPIC;
  const mayRead = (topic: string): boolean => !closed.some((pattern) => matches(pattern, topic));
  return {
    key: principal.scope,
    mayRead,
    // A pattern is closed when all that it matches is: then any topic below it stands for all.
    mayAsk: (pattern) => mayRead(pattern.endsWith('.*') ? `${pattern.slice(0, -1)}x` : pattern),
  };
}
