import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asNautilusError } from '@nautilus/model';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { FeedForwardNetwork } from './feed-forward-network.ts';
import { bytesField, type FileContents, integerField, onnxFile, varint } from './fixtures/onnx-file.ts';
import { decodeOnnxModel } from './onnx-model.ts';

const refusal = (fault: 'malformed' | 'schema', message: string) => expect.objectContaining({ kind: 'invalid_input', fault, message: expect.stringContaining(message) });
const tanh: FileContents = { nodes: [{ operator: 'Tanh', inputs: ['x'] }] };
const dense: FileContents = {
  input: ['batch', 2],
  output: ['batch', 2],
  nodes: [{ operator: 'Gemm', inputs: ['x', 'w', 'b'], output: 'h', floats: { alpha: 2 }, integers: { transB: 1 } }, { operator: 'Softmax', inputs: ['h'], integers: { axis: -1 } }],
  weights: { w: { shape: [2, 2], values: [1, 2, 3, 4] }, b: { shape: [2], values: [0.5, -0.5], listed: true } },
};

/** Runs what can be run, and says whether it ended in finite numbers or in one of our errors; all else is thrown. */
function outcome(bytes: Uint8Array, width: number): 'answered' | 'refused' {
  try {
    const network = new FeedForwardNetwork(decodeOnnxModel(bytes));
    const rows = network.inputs === width ? network.evaluate([new Float32Array(width).fill(0.25), new Float32Array(width)]) : [];
    expect(rows.every((row) => row.every(Number.isFinite))).toBe(true);
    return 'answered';
  } catch (error) {
    if (asNautilusError(error)?.kind !== 'invalid_input') throw error;
    return 'refused';
  }
}

describe('decodeOnnxModel', () => {
  it('reads nodes, attributes, weights and shapes', () => {
    expect(decodeOnnxModel(onnxFile(dense))).toEqual({
      opset: 13,
      nodes: [
        { operator: 'Gemm', inputs: ['x', 'w', 'b'], output: 'h', alpha: 2, beta: 1, transposeA: false, transposeB: true },
        { operator: 'Softmax', inputs: ['h'], output: 'y', axis: -1 },
      ],
      initializers: new Map([['w', { shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) }], ['b', { shape: [2], values: Float32Array.of(0.5, -0.5) }]]),
      input: { name: 'x', shape: [undefined, 2] },
      output: { name: 'y', shape: [undefined, 2] },
    });
  });

  it('passes over weights among the inputs, absent operands and fields that it does not know', () => {
    const listed = onnxFile({ ...dense, inputs: { x: ['batch', 2], w: [2, 2], b: [2] } });
    expect(decodeOnnxModel(listed).input.name).toBe('x');
    expect(decodeOnnxModel(onnxFile({ nodes: [{ operator: 'Gemm', inputs: ['x', 'w', ''] }] })).nodes[0]!.inputs).toEqual(['x', 'w']);
    expect(decodeOnnxModel(Uint8Array.from([...onnxFile(tanh), ...bytesField(900, Uint8Array.of(1, 2)), ...varint(901 * 8 + 1), ...new Uint8Array(8)])).nodes).toHaveLength(1);
  });

  it('lists every unknown operator by name', () => {
    const nodes = [{ operator: 'Reshape', inputs: ['x'] }, { operator: 'TreeEnsembleRegressor', domain: 'ai.onnx.ml', inputs: ['x'] }, { operator: 'Tanh', inputs: ['x'] }, { operator: 'Conv', inputs: ['x'] }, { operator: 'Conv', inputs: ['x'] }];
    expect(() => decodeOnnxModel(onnxFile({ nodes }))).toThrow(refusal('schema', 'graph.node: unknown operators: Conv, Reshape, ai.onnx.ml.TreeEnsembleRegressor; known are Add'));
  });

  it.each<[string, FileContents, string]>([
    ['older operators', { ...tanh, opset: 12 }, 'set 12 of operators; sets 13 to 28'],
    ['newer operators', { ...tanh, opset: 29 }, 'set 29 of operators'],
    ['weights of another type', { ...tanh, weights: { w: { shape: [1], values: [1], type: 7 } } }, '"w": is of type int64; only float is read'],
    ['weights outside the file', { ...tanh, weights: { w: { shape: [1], values: [1], more: integerField(14, 1) } } }, 'lies outside the file'],
    ['weights that do not fill their shape', { ...tanh, weights: { w: { shape: [2, 3], values: [1] } } }, 'holds 1 values; the shape [2, 3] wants 6'],
    ['an empty shape', { ...tanh, weights: { w: { shape: [0], values: [] } } }, 'has the shape [0]'],
    ['weights that are not finite', { ...tanh, weights: { w: { shape: [2], values: [1, NaN] } } }, '"w": value 1 is not finite'],
    ['weights that are given twice over', { ...tanh, weights: { w: { shape: [1], values: [1], more: bytesField(4, new Uint8Array(4)) } } }, 'holds raw_data and float_data'],
    ['two inputs', { ...tanh, inputs: { x: ['batch', 1], z: ['batch', 1] } }, 'input: there are 2'],
    ['unknown attributes', { nodes: [{ operator: 'Relu', inputs: ['x'], integers: { slope: 1 } }] }, '(Relu): unknown attributes: slope'],
    ['attributes of another type', { nodes: [{ operator: 'Softmax', inputs: ['x'], floats: { axis: 1 } }] }, '(Softmax): axis must be one integer'],
    ['too few operands', { nodes: [{ operator: 'Gemm', inputs: ['x'] }] }, '(Gemm): has 1 inputs; 2 or 3 are needed'],
    ['too many operands', { nodes: [{ operator: 'Tanh', inputs: ['x', 'x'] }] }, '(Tanh): has 2 inputs; 1 are needed'],
    ['two results of a node', { nodes: [{ operator: 'Tanh', inputs: ['x'], outputs: ['y', 'z'] }] }, 'must have one output'],
  ])('refuses %s', (_, contents, message) => {
    expect(() => decodeOnnxModel(onnxFile(contents))).toThrow(refusal('schema', message));
  });

  it('tells foreign and broken bytes from a model', () => {
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    for (const foreign of [new Uint8Array(), bytes('{"model": []}'), bytes('PK\u0003\u0004'), bytes('\u0089PNG\r\n'), new Uint8Array(64), new Uint8Array(64).fill(255)]) expect(() => decodeOnnxModel(foreign)).toThrow(refusal('malformed', ''));
    expect(() => decodeOnnxModel(integerField(1, 8))).toThrow(refusal('malformed', 'there is no graph'));
    expect(() => decodeOnnxModel(integerField(7, 8))).toThrow(refusal('malformed', 'graph has another type on the wire'));
    expect(() => decodeOnnxModel(Uint8Array.of(...varint(7 * 8 + 2), ...varint(2 ** 40)))).toThrow(refusal('malformed', 'cut off'));
  });

  it('refuses every beginning of a file', () => {
    const file = onnxFile(dense);
    for (let length = 0; length < file.length; length++) expect(() => decodeOnnxModel(file.subarray(0, length))).toThrow(refusal('malformed', ''));
    expect(outcome(file, 2)).toBe('answered');
  });

  it('answers any bytes with numbers or an error of ours', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      outcome(bytes, 2);
    }));
    const file = onnxFile(dense);
    const seen = new Set<string>();
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
      const changed = file.slice();
      for (const [at, byte] of changes) changed[at] = byte;
      seen.add(outcome(changed, 2));
    }), { numRuns: 2_000 });
    expect(seen).toEqual(new Set(['answered', 'refused']));
  });
});

describeWithSharedData('trained models', () => {
  it.each(['price_next_return', 'regime_3state', 'volatility_5d'])('%s: damaged files end in an error of ours or in numbers', (name) => {
    const file = Uint8Array.from(readFileSync(sharedData(`onnx/${name}.onnx`)));
    for (let length = 0; length < file.length; length += 1) expect(() => decodeOnnxModel(file.subarray(0, length))).toThrow(refusal('malformed', ''));
    fc.assert(fc.property(fc.nat(file.length - 1), fc.nat(255), (at, byte) => {
      const changed = file.slice();
      changed[at] = byte;
      outcome(changed, 6);
    }), { numRuns: 500 });
  });
});
