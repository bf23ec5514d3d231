import { describe, expect, it } from '@jest/globals';
import { ExpressionGraph } from './graph.ts';
import { parseExpression } from './parse.ts';

const messageFor = (text: string): string => {
  try {
    parseExpression(text, new ExpressionGraph());
  } catch (error) {
    expect(error).toMatchObject({ kind: 'invalid_input', fault: 'schema', problems: [{ path: 'expression' }] });
    return (error as Error).message;
  }
  throw new Error(`"${text}" was read`);
};

const canonical = (text: string): string => {
  const graph = new ExpressionGraph();
  return graph.canonical(parseExpression(text, graph));
};

describe('reading an expression', () => {
  it.each([
    ['1+2*3', '7'],
    ['(1+2)*3', '9'],
    ['8-2-1', '5'],
    ['8/4/2', '1'],
    ['--2', '2'],
    ['1e-12+.5', '0.500000000001'],
    ['$close > 1 + 2', '($close>3)'],
    ['-$close', '($close*-1)'],
    ['Ref($close,0)', '$close'],
    ['Mean( $close , 5 )/$close', '(Mean($close,5)/$close)'],
    ['Quantile($close,5,0.8)', 'Quantile($close,5,0.8)'],
    ['Corr($volume,$close,20)', 'Corr($close,$volume,20)'],
    ['$open==$close', '($close==$open)'],
  ])('%s means %s', (text, meaning) => {
    expect(canonical(text)).toBe(meaning);
  });

  it.each([
    ['', 'column 1: a value is missing at the end'],
    ['$close+', 'column 8: a value is missing at the end'],
    ['$close $open', 'column 8: "$open" after the end of the expression'],
    ['$close#1', 'column 7: "#" has no meaning here'],
    ['$price', 'column 1: unknown field "$price"; known are $open $high $low $close $volume $vwap'],
    ['1+close', 'column 3: "close" is not a value; a field is written $close'],
    ['Foo($close,5)', 'column 1: unknown operator "Foo"'],
    ['Mean($close)', 'column 12: ")" where "," belongs'],
    ['Mean($close,5', 'column 14: ")" is missing at the end'],
    ['Mean($close,0)', 'column 13: a window must be a whole number from 1 to 5000'],
    ['Std($close,1)', 'column 12: a window must be a whole number from 2 to 5000'],
    ['Mean($close,2.5)', 'column 13: a window must be'],
    ['Mean($close,$open)', 'column 13: a window must be written as a number'],
    ['Ref($close,-1)', 'column 12: a reference to later bars is refused'],
    ['Quantile($close,5,1.5)', 'column 19: a quantile must be from 0 to 1'],
    ['$close*1e999', 'column 8: "1e999" is too large'],
    ['*$close', 'column 1: "*" where a value belongs'],
    [`${'('.repeat(65)}1`, 'column 65: nested deeper than 64'],
    [' '.repeat(4001), 'column 4001: longer than 4000 characters'],
  ])('%s is refused with its column', (text, message) => {
    expect(messageFor(text)).toContain(message);
  });

  it('a part that occurs again is the same node', () => {
    const graph = new ExpressionGraph();
    const first = parseExpression('Mean($close,5)+$open', graph);
    const count = graph.nodes.length;
    expect(parseExpression('$open+Mean($close,5)', graph)).toBe(first);
    expect(graph.nodes).toHaveLength(count);
    parseExpression('Mean($close,5)*2', graph);
    expect(graph.nodes).toHaveLength(count + 2);
  });

  it('knows how many bars come before the first value', () => {
    const graph = new ExpressionGraph();
    const needs = (text: string): number => graph.warmUp(parseExpression(text, graph));
    expect(needs('$close/$open')).toBe(1);
    expect(needs('Ref($close,5)/$close')).toBe(6);
    expect(needs('Std($close/Ref($close,1)-1,20)')).toBe(21);
    expect(needs('2')).toBe(0);
  });
});
