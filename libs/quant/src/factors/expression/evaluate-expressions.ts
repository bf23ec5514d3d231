import { ExpressionBatch, type ExpressionColumns } from './expression-batch.ts';
import { ExpressionGraph } from './graph.ts';
import { parseExpression } from './parse.ts';

/**
 * Values of expressions over whole columns, one column each, NaN where there is no value. Parses anew at each call: who
 * evaluates the same expressions for many symbols keeps an `ExpressionBatch`.
 * @throws InvalidInputError as `parseExpression` and `ExpressionBatch.evaluate`.
 */
export function evaluateExpressions(expressions: readonly string[], columns: ExpressionColumns): readonly Float64Array[] {
  const graph = new ExpressionGraph();
  return new ExpressionBatch(graph, expressions.map((expression) => parseExpression(expression, graph))).evaluate(columns);
}
