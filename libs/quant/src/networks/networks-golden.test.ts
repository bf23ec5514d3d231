import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { FeedForwardNetwork } from './feed-forward-network.ts';
import { decodeOnnxModel } from './onnx-model.ts';

const TOLERANCE = 1e-5;

interface Golden {
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
}

interface OperatorCase extends Golden {
  readonly name: string;
  readonly onnx: string;
}

function compare(file: Uint8Array, { inputs, outputs }: Golden, reference: string, quantity: string): void {
  const found = new FeedForwardNetwork(decodeOnnxModel(file)).evaluate(inputs);
  expect(found.map((row) => row.length)).toEqual(outputs.map((row) => row.length));
  const deviations = outputs.flatMap((row, i) => row.map((value, j) => Math.abs(found[i]![j]! - value)));
  const largestDeviation = Math.max(...deviations);
  recordAccuracy({ reference, quantity, values: deviations.length, largestDeviation, tolerance: TOLERANCE, kind: 'absolute' });
  expect(largestDeviation).toBeLessThanOrEqual(TOLERANCE);
}

describeWithSharedData('recorded outputs of trained models', () => {
  it.each(['price_next_return', 'regime_3state', 'volatility_5d'])('%s: every row', (name) => {
    const golden = JSON.parse(readFileSync(sharedData(`onnx/${name}.golden.json`), 'utf8')) as Golden & { runtime: string };
    expect(golden.inputs).toHaveLength(20);
    compare(readFileSync(sharedData(`onnx/${name}.onnx`)), golden, golden.runtime, `${name}: outputs of 20 rows`);
  });
});

describe('every operator', () => {
  const { cases } = JSON.parse(readFileSync(new URL('fixtures/operators.golden.json', import.meta.url), 'utf8')) as { cases: readonly OperatorCase[] };

  it.each(cases)('$name', (golden) => {
    compare(Buffer.from(golden.onnx, 'base64'), golden, 'onnxruntime 1.31.1', golden.name);
  });
});
