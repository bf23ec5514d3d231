import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { alpha158 } from '../catalogue/published-sets.ts';
import { evaluateExpressions } from './evaluate-expressions.ts';
import { ExpressionBatch, type ExpressionColumns } from './expression-batch.ts';
import { ExpressionStream, type ExpressionBar } from './expression-stream.ts';
import { ExpressionGraph } from './graph.ts';
import { parseExpression } from './parse.ts';

const EVERY_OPERATOR = (d: number): string[] => [
  `Sum($close,${d})`, `Mean($close,${d})`, `Std($close,${d})`, `Max($high,${d})`, `Min($low,${d})`, `IdxMax($high,${d})`, `IdxMin($low,${d})`,
  `Quantile($close,${d},0.37)`, `Quantile($close,${d},1)`, `Rank($close,${d})`, `Slope($close,${d})`, `Rsquare($close,${d})`, `Resi($close,${d})`,
  `Corr($close,$volume,${d})`, `Ref($close,${d})`, '$close>$open', '$close<$open', '$close>=$open', '$close<=$open', '$close==$open', '$close!=$open',
  'Greater($open,$close)', 'Less($open,$close)', 'Abs($close-$open)', 'Log($volume)', '$close/$volume', '$close*$open+1', '$vwap', '3', `Mean(2,${d})`,
];

/** Few distinct values, so that ties, constant windows and gaps are frequent. */
const value = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }).map((x) => x * 1.1) }, { weight: 8, arbitrary: fc.double({ min: 0.5, max: 900, noNaN: true }) }, { weight: 1, arbitrary: fc.constant(undefined) });
const bar: fc.Arbitrary<ExpressionBar> = fc.record({ open: value, high: value, low: value, close: value, volume: fc.oneof(fc.constant(0), value) });
const bars = fc.array(bar, { minLength: 1, maxLength: 60 });

const columnsOf = (rows: readonly ExpressionBar[]): ExpressionColumns => {
  const column = (field: keyof ExpressionBar): Float64Array => Float64Array.from(rows, (row) => row[field] ?? NaN);
  return { open: column('open'), high: column('high'), low: column('low'), close: column('close'), volume: column('volume') };
};

const graphOf = (texts: readonly string[]): { readonly graph: ExpressionGraph; readonly roots: readonly number[] } => {
  const graph = new ExpressionGraph();
  return { graph, roots: texts.map((text) => parseExpression(text, graph)) };
};

/** Null where missing; NaN must not leave the bar-by-bar form. */
const streamed = (stream: ExpressionStream, rows: readonly ExpressionBar[]): (readonly (number | null)[])[] => rows.map((row) => stream.update(row).map((x) => (x === undefined ? null : x)));

const sameWithin = (texts: readonly string[], batch: readonly Float64Array[], stream: readonly (readonly (number | null)[])[], scale: number): void => {
  stream.forEach((row, t) =>
    row.forEach((b, i) => {
      const a = batch[i]?.[t] ?? NaN;
      const agree = b === null ? Number.isNaN(a) : Math.abs(a - b) <= 1e-10 * Math.max(scale, Math.abs(b));
      if (!agree) throw new Error(`${texts[i]} at ${t}: batch ${a}, bar by bar ${b}`);
    }),
  );
};

describe('batch and bar by bar', () => {
  it('agree for every operator on any bars, with gaps, ties and constant windows', () => {
    fc.assert(
      fc.property(bars, fc.integer({ min: 2, max: 12 }), (rows, d) => {
        const texts = EVERY_OPERATOR(d);
        const { graph, roots } = graphOf(texts);
        sameWithin(texts, new ExpressionBatch(graph, roots).evaluate(columnsOf(rows)), streamed(new ExpressionStream(graph, roots), rows), 1);
      }),
    );
  });

  it('agree where values differ in their last digits only', () => {
    const rows = [899.9999999996943, 899.9999999996949, 899.9999999996943, 1.1, 1.1000000000000003].map((close): ExpressionBar => ({ open: close, high: close, low: close, close, volume: close }));
    const texts = EVERY_OPERATOR(2);
    const { graph, roots } = graphOf(texts);
    sameWithin(texts, new ExpressionBatch(graph, roots).evaluate(columnsOf(rows)), streamed(new ExpressionStream(graph, roots), rows), 1);
  });

  it('agree for the 158 published forms on prices that drift', () => {
    const texts = alpha158().map(({ expression }) => expression);
    const { graph, roots } = graphOf(texts);
    const rows: ExpressionBar[] = Array.from({ length: 200 }, (_, i) => {
      const close = 100 + i / 10 + 5 * Math.sin(i * i);
      return { open: close + Math.cos(i), high: close + 2, low: close - 2, close, volume: 1e6 * (2 + Math.sin(3 * i)) };
    });
    sameWithin(texts, new ExpressionBatch(graph, roots).evaluate(columnsOf(rows)), streamed(new ExpressionStream(graph, roots), rows), 1);
  });

  it('a later bar changes no earlier value', () => {
    fc.assert(
      fc.property(bars, fc.nat(59), fc.integer({ min: 2, max: 9 }), (rows, cut, d) => {
        const texts = EVERY_OPERATOR(d);
        const whole = evaluateExpressions(texts, columnsOf(rows));
        const part = evaluateExpressions(texts, columnsOf(rows.slice(0, cut)));
        part.forEach((column, i) => expect(column).toEqual(whole[i]?.slice(0, cut)));
      }),
    );
  });

  it('a restored stream continues exactly', () => {
    fc.assert(
      fc.property(bars, fc.nat(59), (rows, cut) => {
        const { graph, roots } = graphOf(EVERY_OPERATOR(7));
        const whole = streamed(new ExpressionStream(graph, roots), rows);
        const first = new ExpressionStream(graph, roots);
        streamed(first, rows.slice(0, cut));
        const second = new ExpressionStream(graph, roots);
        second.restore(JSON.parse(JSON.stringify(first.snapshot())) as ReturnType<typeof first.snapshot>);
        expect(streamed(second, rows.slice(cut))).toEqual(whole.slice(cut));
      }),
    );
  });

  it('one batch evaluates columns of several lengths one after the other', () => {
    const { graph, roots } = graphOf(['Mean($close-1,3)', '$close']);
    const batch = new ExpressionBatch(graph, roots);
    const rows = Array.from({ length: 9 }, (_, i) => ({ open: 1, high: 1, low: 1, close: i, volume: 1 }));
    const first = batch.evaluate(columnsOf(rows));
    expect([...(batch.evaluate(columnsOf(rows.slice(0, 4)))[0] ?? [])]).toEqual([NaN, NaN, 0, 1]);
    expect(first[0]?.[8]).toBe(6);
    expect(first[1]?.[8]).toBe(8);
    const again = batch.evaluate(columnsOf(rows.map((row) => ({ ...row, close: row.close + 1 }))), first);
    expect(again[0]).toBe(first[0]);
    expect([again[0]?.[8], again[1]?.[8]]).toEqual([7, 9]);
    const fresh = batch.evaluate(columnsOf(rows));
    expect(batch.evaluate(columnsOf(rows), again)).toEqual(fresh);
  });
});

describe('an operator', () => {
  const close = (values: readonly number[]): ExpressionColumns => {
    const column = Float64Array.from(values);
    return { open: column, high: column, low: column, close: column, volume: column };
  };
  const last = (text: string, values: readonly number[]): number => evaluateExpressions([text], close(values))[0]?.at(-1) ?? NaN;

  it.each([
    ['Std($close,4)', [1, 2, 3, 4], Math.sqrt(5 / 3)],
    ['Rank($close,4)', [3, 1, 5, 3], 2.5 / 4],
    ['Quantile($close,4,0.5)', [4, 1, 3, 2], 2.5],
    ['IdxMax($close,4)', [7, 1, 7, 2], 1],
    ['IdxMin($close,4)', [7, 1, 7, 1], 2],
    ['Slope($close,3)', [1, 3, 5], 2],
    ['Rsquare($close,3)', [1, 3, 5], 1],
    ['Resi($close,3)', [0, 0, 3], 0.5],
    ['Resi($close,3)', [4, 4, 4], 0],
    ['Std($close,3)', [0.1, 0.1, 0.1], 0],
    ['Rsquare($close,3)', [0.1, 0.1, 0.1], NaN],
    ['Corr($close,$close,3)', [0.1, 0.1, 0.1], NaN],
    ['Corr($close,-$close,3)', [1, 2, 4], -1],
    ['Log($close)', [0], NaN],
    ['1/$close', [0], NaN],
    ['Mean($close,3)', [1, NaN, 3], NaN],
    ['Greater($close,Ref($close,1))', [5], NaN],
  ])('%s of %p is %d', (text, values, expected) => {
    if (Number.isNaN(expected)) expect(last(text, values)).toBeNaN();
    else expect(last(text, values)).toBeCloseTo(expected, 12);
  });

  it('a missing value ends with its window', () => {
    const column = evaluateExpressions(['Mean($close,2)', 'Max($close,2)', 'Rank($close,2)'], close([1, NaN, 3, 4, 6]));
    for (const values of column) expect([...values].map((x) => Number.isNaN(x))).toEqual([true, true, true, false, false]);
  });

  it('columns of unequal length and infinite values are refused', () => {
    const columns = close([1, 2]);
    expect(() => evaluateExpressions(['$close'], { ...columns, low: new Float64Array(1) })).toThrow('low: has 1 values where close has 2');
    expect(() => evaluateExpressions(['$close'], { ...columns, low: Float64Array.of(1, Infinity) })).toThrow('low[1]: must be finite');
    const { graph, roots } = graphOf(['$close']);
    expect(() => new ExpressionStream(graph, roots).update({ close: Infinity })).toThrow('close: must be finite');
    expect(() => new ExpressionStream(graph, roots).restore({ histories: [[1]] })).toThrow('belong to other expressions');
  });
});

describe('figures too large for arithmetic', () => {
  it('give missing values, never infinite ones, in both forms', () => {
    const rows: ExpressionBar[] = Array.from({ length: 12 }, (_, i) => {
      const close = (i % 2 === 0 ? 1 : 0.5) * 1.5e308;
      return { open: close, high: close, low: close, close, volume: 1e-320 };
    });
    const texts = ['Sum($close,3)', 'Mean($close,3)', 'Std($close,3)', 'Slope($close,3)', 'Resi($close,3)', '$close*3', '$close/$volume', 'Max($close,3)'];
    const { graph, roots } = graphOf(texts);
    const batch = new ExpressionBatch(graph, roots).evaluate(columnsOf(rows));
    const stream = streamed(new ExpressionStream(graph, roots), rows);
    for (const column of batch) expect(column.every((x) => Math.abs(x) !== Infinity)).toBe(true);
    for (const row of stream) expect(row.every((x) => x === null || Number.isFinite(x))).toBe(true);
    expect(batch.map((column) => Number.isNaN(column[11]))).toEqual([true, true, true, true, true, true, true, false]);
  });
});
