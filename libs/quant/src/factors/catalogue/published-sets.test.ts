import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { evaluateExpressions } from '../expression/evaluate-expressions.ts';
import { ExpressionGraph } from '../expression/graph.ts';
import { parseExpression } from '../expression/parse.ts';
import { readGoog } from '../fixtures/goog.ts';
import { alpha158, alpha360, type NamedExpression } from './published-sets.ts';

interface Published {
  readonly name: string;
  readonly expr: string;
}

interface Golden {
  readonly rows: readonly number[];
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
}

const read = (file: string): unknown => JSON.parse(readFileSync(sharedData(`factor_defs/${file}`), 'utf8'));

describeWithSharedData('the published sets', () => {
  const sameDefinitions = (ours: readonly NamedExpression[], file: string, count: number): void => {
    const published = read(file) as readonly Published[];
    expect(published).toHaveLength(count);
    const graph = new ExpressionGraph();
    const oursByName = new Map(ours.map(({ name, expression }) => [name, parseExpression(expression, graph)]));
    expect(oursByName.size).toBe(count);
    for (const { name, expr } of published) expect([name, parseExpression(expr, graph)]).toEqual([name, oursByName.get(name)]);
  };

  it('Alpha158 made by rule equals the 158 published texts, operation by operation', () => sameDefinitions(alpha158(), 'qlib_Alpha158DL.json', 158));

  it('Alpha360 made by rule equals the 360 published texts', () => sameDefinitions(alpha360(), 'qlib_Alpha360DL.json', 360));

  it('Alpha158 has the reference values on 300 bars of GOOG', () => {
    const golden = read('alpha158_goog300.json') as Golden;
    const definitions = alpha158();
    const columns = evaluateExpressions(definitions.map(({ expression }) => expression), readGoog(300));
    let [largest, values] = [0, 0];
    definitions.forEach(({ name }, i) => {
      golden.rows.forEach((row, k) => {
        const expected = golden.values[name]?.[k];
        if (expected === undefined) throw new Error(`no reference for ${name}`);
        const actual = columns[i]?.[row] ?? NaN;
        if (expected === null) return expect(actual).toBeNaN();
        const deviation = Math.abs(actual - expected) / Math.max(Math.abs(expected), Number.MIN_VALUE);
        if (!(deviation <= 1e-9) && actual !== expected) throw new Error(`${name} at ${row}: ${actual} is not ${expected}`);
        largest = Math.max(largest, expected === 0 ? 0 : deviation);
        values += 1;
      });
    });
    expect(values).toBe(158 * 6);
    recordAccuracy({ reference: 'pandas (Qlib Alpha158)', quantity: 'Alpha158 factors of 300 GOOG bars', values, largestDeviation: largest, tolerance: 1e-9, kind: 'relative' });
    expect(largest).toBeLessThanOrEqual(1e-9);
  });
});
