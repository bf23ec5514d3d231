import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FAMILIES, busesFor, familyOf, routeOf, withAliases } from './topics.ts';
import { MATRIX } from './matrix.ts';
import { PatternSet, isPattern, isTopic, matches, overlap } from './topic-match.ts';

const segment = fc.stringMatching(/^[A-Za-z0-9_-]{1,4}$/);
const topic = fc.array(segment, { minLength: 2, maxLength: 5 }).map((parts) => parts.join('.'));
const pattern = fc.oneof(topic, fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `${parts.join('.')}.*`), fc.constant('*'));

/** The same rule as a regular expression, written apart. */
function asExpression(p: string): RegExp {
  if (p === '*') return /^.+$/;
  if (p.endsWith('.*')) return new RegExp(`^${p.slice(0, -2).replaceAll('.', '\\.')}(\\.[A-Za-z0-9_-]+)+$`);
  return new RegExp(`^${p.replaceAll('.', '\\.')}$`);
}

describe('wildcards', () => {
  it('match one or more trailing segments, like a regular expression says', () => {
    fc.assert(fc.property(pattern, topic, (p, t) => matches(p, t) === asExpression(p).test(t)));
    expect(matches('ml.*', 'ml.prediction.price.AAPL')).toBe(true);
    expect(matches('ml.*', 'ml')).toBe(false);
    expect(matches('ml.*', 'mlx.prediction')).toBe(false);
  });

  it('overlap exactly when a topic exists that both match', () => {
    fc.assert(fc.property(pattern, topic, (p, t) => overlap(p, t) === matches(p, t)));
    expect(overlap('vpin.*', 'vpin.calculation.*')).toBe(true);
    expect(overlap('vpin.*', 'toxicity.alert.*')).toBe(false);
  });

  it('are legal as the last segment only', () => {
    expect(['a.*.b', 'a*', '', '.*', 'a..b', 'a.'].filter(isPattern)).toEqual([]);
    expect(['*', 'a.*', 'a.b', 'a.b.*'].every(isPattern)).toBe(true);
    expect(isTopic('market_data')).toBe(false);
    expect(isTopic('market_data.tick.BRK-B')).toBe(true);
  });

  it('answer the same from the cache as at first', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 6 }), topic, (patterns, t) => {
        const set = new PatternSet(patterns);
        const first = [...set.matching(t)];
        expect(set.matching(t)).toEqual(first);
        expect(first).toEqual(patterns.filter((p) => matches(p, t)));
      }),
    );
  });
});

describe('routing', () => {
  it('sends results of a triple engine to the Neural-GPU bus and of a dual one to Engine Logic', () => {
    expect(routeOf('vpin.calculation.IBM', 'dual_bus').bus).toBe('engine_logic');
    expect(routeOf('vpin.calculation.IBM', 'triple_bus').bus).toBe('neural_gpu');
    expect(routeOf('toxicity.alert.IBM', 'triple_bus').bus).toBe('engine_logic');
  });

  it('gives every family its type and priority', () => {
    for (const family of FAMILIES) {
      const route = routeOf(`${family.prefix}.X`, 'dual_bus');
      expect({ type: route.messageType, priority: route.priority }).toEqual({ type: family.messageType, priority: family.priority });
    }
  });

  it('sends unknown families to Engine Logic with their first two segments as type', () => {
    expect(routeOf('factor.update.IBM', 'dual_bus')).toEqual({ bus: 'engine_logic', messageType: 'factor_update', priority: 'NORMAL' });
    expect(familyOf('nothing')).toBeUndefined();
  });

  it('lets a subscriber listen on every bus on which a matching message can be published', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FAMILIES), fc.constantFrom(...Object.values(MATRIX).flatMap((row) => row.subscribes)), (family, p) => {
        const t = `${family.prefix}.X`;
        if (!matches(p, t)) return;
        const carried = routeOf(t, 'dual_bus').bus;
        // Nothing but requests, replies and hardware figures is met on the Neural-GPU bus alone.
        expect(carried === 'neural_gpu' ? p === '*' || busesFor(p).includes(carried) : busesFor(p).includes(carried)).toBe(true);
      }),
    );
  });
});

describe('aliases', () => {
  it('add what the contract names, once', () => {
    expect(withAliases(['vpin.*', 'toxicity.alert.*'])).toEqual([
      { pattern: 'vpin.*', aliasOf: null },
      { pattern: 'toxicity.alert.*', aliasOf: null },
      { pattern: 'flash_crash.alert.*', aliasOf: 'vpin.*' },
    ]);
    expect(withAliases(['price.update.*'])).toEqual([{ pattern: 'price.update.*', aliasOf: null }]);
  });
});
