import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FeedForwardNetwork } from './feed-forward-network.ts';
import { type FileContents, onnxFile } from './fixtures/onnx-file.ts';
import { decodeOnnxModel } from './onnx-model.ts';

const networkOf = (contents: FileContents): FeedForwardNetwork => new FeedForwardNetwork(decodeOnnxModel(onnxFile(contents)));
const numbers = (length: number, size: number): fc.Arbitrary<number[]> => fc.array(fc.float({ min: -size, max: size, noNaN: true }), { minLength: length, maxLength: length });

/** Two layers with a random activation between them, and rows for it. */
const problems = fc.record({ inputs: fc.integer({ min: 1, max: 5 }), hidden: fc.integer({ min: 1, max: 6 }), outputs: fc.integer({ min: 1, max: 4 }), activation: fc.constantFrom('Tanh', 'Relu', 'Sigmoid', 'Identity') })
  .chain((size) => fc.record({
    size: fc.constant(size),
    first: numbers(size.inputs * size.hidden, 3),
    bias: numbers(size.hidden, 3),
    second: numbers(size.hidden * size.outputs, 3),
    rows: fc.array(numbers(size.inputs, 100), { minLength: 1, maxLength: 12 }),
  }));

type Problem = typeof problems extends fc.Arbitrary<infer Value> ? Value : never;

const layers = ({ size: { inputs, hidden, outputs, activation }, first, bias, second }: Problem, last: string): FileContents => ({
  input: ['batch', inputs],
  output: ['batch', outputs],
  nodes: [
    { operator: 'Gemm', inputs: ['x', 'first', 'bias'], output: 'a' },
    { operator: activation, inputs: ['a'], output: 'b' },
    { operator: 'MatMul', inputs: ['b', 'second'], output: 'c' },
    { operator: last, inputs: ['c'] },
  ],
  weights: { first: { shape: [inputs, hidden], values: first }, bias: { shape: [hidden], values: bias }, second: { shape: [hidden, outputs], values: second } },
});

describe('a feed-forward network', () => {
  it('gives a batch the results of its rows, in any order', () => {
    fc.assert(fc.property(problems, fc.infiniteStream(fc.nat()), (problem, keys) => {
      const network = networkOf(layers(problem, 'Identity'));
      const together = network.evaluate(problem.rows);
      expect(together).toEqual(problem.rows.map((row) => networkOf(layers(problem, 'Identity')).evaluate([row])[0]));
      const order = problem.rows.map((_, i) => ({ i, key: keys.next().value })).sort((a, b) => a.key - b.key).map(({ i }) => i);
      expect(network.evaluate(order.map((i) => problem.rows[i]!))).toEqual(order.map((i) => together[i]));
    }));
  });

  it('agrees with the sums written out in float64', () => {
    const activations: Readonly<Record<string, (x: number) => number>> = { Tanh: Math.tanh, Relu: (x) => (x > 0 ? x : 0), Sigmoid: (x) => 0.5 * (1 + Math.tanh(x / 2)), Identity: (x) => x };
    fc.assert(fc.property(problems, (problem) => {
      const { size: { inputs, hidden, outputs, activation }, first, bias, second, rows } = problem;
      const found = networkOf(layers(problem, 'Identity')).evaluate(rows);
      rows.forEach((row, r) => {
        const middle = Array.from({ length: hidden }, (_, j) => activations[activation]!(row.reduce((sum, x, i) => sum + x * first[i * hidden + j]!, bias[j]!)));
        for (let k = 0; k < outputs; k++) {
          const expected = middle.reduce((sum, x, j) => sum + x * second[j * outputs + k]!, 0);
          const scale = middle.reduce((sum, x, j) => sum + Math.abs(x * second[j * outputs + k]!), 0);
          const rounding = 2 ** -24 * (Math.abs(expected) + 2 * scale + hidden * inputs * 100 * 3 * 3);
          expect(Math.abs(found[r]![k]! - expected)).toBeLessThanOrEqual(rounding);
        }
      });
    }));
  });

  it('makes shares of one by Softmax, the same when all its operands move together', () => {
    fc.assert(fc.property(problems, (problem) => {
      for (const row of networkOf(layers(problem, 'Softmax')).evaluate(problem.rows)) {
        expect(row.every((share) => share >= 0 && share <= 1)).toBe(true);
        expect(Math.abs(row.reduce((sum, share) => sum + share, 0) - 1)).toBeLessThan(1e-6);
      }
    }));
    const softmax = networkOf({ input: ['batch', 3], nodes: [{ operator: 'Softmax', inputs: ['x'], integers: { axis: -1 } }] });
    fc.assert(fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 3 }), fc.integer({ min: -1000, max: 1000 }), (row, shift) => {
      expect(softmax.evaluate([row.map((x) => x + shift)])).toEqual(softmax.evaluate([row]));
    }));
  });

  it('is not changed by a batch that it refused', () => {
    const network = networkOf({ nodes: [{ operator: 'Tanh', inputs: ['x'] }] });
    const before = network.evaluate([[1, 2]]);
    expect(() => network.evaluate([[3, 4], [5, NaN]])).toThrow('rows[1][1]: NaN is not finite');
    expect(network.evaluate([[1, 2]])).toEqual(before);
    expect(network.evaluate([])).toEqual([]);
  });

  it('refuses rows that it cannot answer, by place', () => {
    const network = networkOf({ input: ['batch', 2], nodes: [{ operator: 'Div', inputs: ['w', 'x'] }], weights: { w: { shape: [1], values: [1] } } });
    expect([network.inputs, network.outputs]).toEqual([2, 2]);
    const refused = (rows: readonly number[][], message: string): void => expect(() => network.evaluate(rows)).toThrow(expect.objectContaining({ kind: 'invalid_input', fault: 'schema', message }));
    refused([[1, 2], [1]], 'rows[1]: has 1 values; 2 are expected');
    refused([[1, 2, 3]], 'rows[0]: has 3 values; 2 are expected');
    refused([[1, Infinity]], 'rows[0][1]: Infinity is not finite');
    refused([[1, 1e39]], 'rows[0][1]: 1e+39 is not finite as float32');
    refused([[1, 1], [1, 0]], 'rows[1]: leads to the result Infinity at place 1');
  });
});

describe('a network is refused', () => {
  const vector = { shape: [2], values: [1, 2] };
  const square = { shape: [2, 2], values: [1, 2, 3, 4] };
  const cases: readonly [string, FileContents, string][] = [
    ['that sums over its batch', { nodes: [{ operator: 'Gemm', inputs: ['x', 'w'], integers: { transA: 1 } }], weights: { w: square } }, 'sums over the rows'],
    ['that multiplies from the left', { nodes: [{ operator: 'MatMul', inputs: ['w', 'x'] }], weights: { w: square } }, 'sums over the rows'],
    ['that runs Softmax over its batch', { nodes: [{ operator: 'Softmax', inputs: ['x'], integers: { axis: 0 } }] }, 'along the rows'],
    ['that fixes the rows of its batch', { nodes: [{ operator: 'Add', inputs: ['x', 'w'] }], weights: { w: square } }, 'across the rows'],
    ['that makes the batch the second dimension', { nodes: [{ operator: 'Add', inputs: ['x', 'w'] }], weights: { w: { shape: [2, 1, 2], values: [1, 2, 3, 4] } } }, 'across the rows'],
    ['whose sums do not fit', { nodes: [{ operator: 'Add', inputs: ['x', 'w'] }], weights: { w: { shape: [3], values: [1, 2, 3] } } }, 'the shapes [1, 2] and [3] do not fit'],
    ['whose products do not fit', { nodes: [{ operator: 'MatMul', inputs: ['x', 'w'] }], weights: { w: { shape: [3, 1], values: [1, 2, 3] } } }, 'multiplies 1 × 2 and 3 × 1'],
    ['whose Gemm has a vector', { nodes: [{ operator: 'Gemm', inputs: ['x', 'w'] }], weights: { w: vector } }, 'two matrices are needed'],
    ['whose Gemm adds more than its product', { nodes: [{ operator: 'Gemm', inputs: ['x', 'w', 'c'] }], weights: { w: square, c: { shape: [1, 1, 2], values: [1, 2] } } }, 'across the rows'],
    ['whose Softmax has no such axis', { nodes: [{ operator: 'Softmax', inputs: ['x'], integers: { axis: 2 } }] }, 'axis 2'],
    ['that reads what comes later', { nodes: [{ operator: 'Tanh', inputs: ['a'] }, { operator: 'Tanh', inputs: ['x'], output: 'a' }] }, 'graph.node[0] (Tanh): reads "a", which nothing before it makes'],
    ['that makes a value twice', { nodes: [{ operator: 'Tanh', inputs: ['x'] }, { operator: 'Tanh', inputs: ['x'] }] }, 'the name "y" is taken'],
    ['without what it promises', { nodes: [{ operator: 'Tanh', inputs: ['x'], output: 'z' }] }, 'reads "y"'],
    ['that answers every row alike', { nodes: [{ operator: 'Tanh', inputs: ['w'] }], weights: { w: vector } }, 'the same for every row'],
    ['that answers with a vector', { nodes: [{ operator: 'MatMul', inputs: ['x', 'w'] }], weights: { w: vector } }, 'of the shape [1]'],
    ['that declares another output', { output: ['batch', 3], nodes: [{ operator: 'Tanh', inputs: ['x'] }] }, 'is declared otherwise than the 2 values'],
    ['of a fixed batch', { input: [7, 2], nodes: [{ operator: 'Tanh', inputs: ['x'] }] }, '"x" has the shape [7, 2]'],
    ['of rows without a length', { input: ['batch', 'any'], nodes: [{ operator: 'Tanh', inputs: ['x'] }] }, '"x" has the shape [?, ?]'],
    ['of values beyond the memory', { nodes: [{ operator: 'Mul', inputs: ['v', 'h'], output: 'a' }, { operator: 'Tanh', inputs: ['x'] }], weights: { v: { shape: [3000, 1], values: new Array<number>(3000).fill(1) }, h: { shape: [1, 3000], values: new Array<number>(3000).fill(1) } } }, 'makes 9000000 values'],
  ];

  it.each(cases)('%s', (_, contents, message) => {
    expect(() => networkOf(contents)).toThrow(expect.objectContaining({ kind: 'invalid_input', fault: 'schema', message: expect.stringContaining(message) }));
  });
});
