import { InvalidInputError } from '@nautilus/model';
import type { OnnxNode } from './onnx-model.ts';
import { broadcastPlaces, broadcastShape, elementCount, shapeText, type Tensor } from './tensor.ts';

/** A value of the graph. `perRow`: its first dimension is the batch, and the tensor holds one row of it at a time. */
export interface NetworkValue extends Tensor {
  readonly perRow: boolean;
}

/** Where a node leaves its result, and the function that computes it from what its operands hold at that time. */
export interface NodeStep {
  readonly value: NetworkValue;
  readonly run: () => void;
}

/** Elements that a network keeps for one row, as 16 MiB of float32; more is no work for plain loops. */
export const GREATEST_ELEMENTS = 2 ** 22;

/**
 * Fixes shapes and memory of one node. Every value is rounded to float32 as it is stored; inside a node, sums and functions
 * are computed in float64.
 *
 * Source: ONNX, "Operator Schemas", sets 13 and later.
 *
 * @throws InvalidInputError when the shapes do not fit, or the node would let one row of the batch change the result of another
 */
export function nodeStep(node: OnnxNode, valueOf: (name: string) => NetworkValue, path: string): NodeStep {
  const a = valueOf(node.inputs[0]);
  switch (node.operator) {
    case 'Identity':
      return { value: a, run: () => {} };
    case 'Relu':
      return elementwise(a, (x) => Math.max(x, 0), path);
    case 'Sigmoid':
      return elementwise(a, (x) => 1 / (1 + Math.exp(-x)), path);
    case 'Tanh':
      return elementwise(a, Math.tanh, path);
    case 'Softmax':
      return softmax(a, node.axis, path);
    case 'Add':
      return pairwise(a, valueOf(node.inputs[1]), (x, y) => x + y, path);
    case 'Sub':
      return pairwise(a, valueOf(node.inputs[1]), (x, y) => x - y, path);
    case 'Mul':
      return pairwise(a, valueOf(node.inputs[1]), (x, y) => x * y, path);
    case 'Div':
      return pairwise(a, valueOf(node.inputs[1]), (x, y) => x / y, path);
    case 'MatMul':
      return matrixProduct(a, valueOf(node.inputs[1]), path);
    case 'Gemm': {
      const [, b, c] = node.inputs;
      return generalProduct(a, valueOf(b), c === undefined ? undefined : valueOf(c), node, path);
    }
  }
}

function elementwise(a: NetworkValue, apply: (x: number) => number, path: string): NodeStep {
  const value = emptyValue(a.shape, a.perRow, path);
  const run = (): void => {
    for (let i = 0; i < value.values.length; i++) value.values[i] = apply(a.values[i] ?? 0);
  };
  return { value, run };
}

function pairwise(a: NetworkValue, b: NetworkValue, apply: (x: number, y: number) => number, path: string): NodeStep {
  const value = stretched(a, b, path);
  const [inA, inB] = [broadcastPlaces(a.shape, value.shape), broadcastPlaces(b.shape, value.shape)];
  const run = (): void => {
    for (let i = 0; i < value.values.length; i++) value.values[i] = apply(a.values[inA[i] ?? 0] ?? 0, b.values[inB[i] ?? 0] ?? 0);
  };
  return { value, run };
}

/** The batch must stay the first dimension, and nothing may fix how many rows it has. */
function stretched(a: NetworkValue, b: NetworkValue, path: string): NetworkValue {
  const shape = broadcastShape(a.shape, b.shape);
  if (shape === undefined) throw refusal(path, `the shapes ${shapeText(a.shape)} and ${shapeText(b.shape)} do not fit`);
  const perRow = a.perRow || b.perRow;
  for (const operand of perRow ? [a, b] : []) {
    const reachesBatch = operand.shape.length === shape.length;
    if (operand.perRow ? !reachesBatch : reachesBatch && operand.shape[0] !== 1) throw refusal(path, `stretches ${shapeText(a.shape)} and ${shapeText(b.shape)} across the rows of the batch`);
  }
  return emptyValue(shape, perRow, path);
}

/** exp(x − m)/Σexp(x − m) with the largest m along the axis, so that no exponential overflows. */
function softmax(a: NetworkValue, axis: number, path: string): NodeStep {
  const rank = a.shape.length;
  const along = axis < 0 ? axis + rank : axis;
  const size = a.shape[along];
  if (size === undefined) throw refusal(path, `axis ${axis} of a value with ${rank} dimensions`);
  if (a.perRow && along === 0) throw refusal(path, 'runs along the rows of the batch');
  const inner = elementCount(a.shape.slice(along + 1));
  const value = emptyValue(a.shape, a.perRow, path);
  const exponentials = new Float64Array(size);
  const run = (): void => {
    for (let group = 0; group < value.values.length / size; group++) {
      const start = Math.floor(group / inner) * size * inner + (group % inner);
      let largest = -Infinity;
      for (let i = 0; i < size; i++) largest = Math.max(largest, a.values[start + i * inner] ?? 0);
      let sum = 0;
      for (let i = 0; i < size; i++) {
        const exponential = Math.exp((a.values[start + i * inner] ?? 0) - largest);
        exponentials[i] = exponential;
        sum += exponential;
      }
      for (let i = 0; i < size; i++) value.values[start + i * inner] = (exponentials[i] ?? 0) / sum;
    }
  };
  return { value, run };
}

/** How far apart the elements of a matrix lie, down its rows and along its columns. */
interface MatrixLayout {
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
}

function layoutOf([rows = 1, columns = 1]: readonly number[], transposed: boolean): MatrixLayout {
  return transposed ? { rows: columns, columns: rows, rowStride: 1, columnStride: columns } : { rows, columns, rowStride: columns, columnStride: 1 };
}

/** A vector on the left is a row, on the right a column; the dimension that this adds is taken off the result. */
function matrixProduct(a: NetworkValue, b: NetworkValue, path: string): NodeStep {
  const [rankA, rankB] = [a.shape.length, b.shape.length];
  if (Math.min(rankA, rankB) < 1 || Math.max(rankA, rankB) > 2) throw refusal(path, `multiplies ${shapeText(a.shape)} and ${shapeText(b.shape)}; vectors and matrices are multiplied here`);
  if (b.perRow || (a.perRow && rankA === 1)) throw refusal(path, 'sums over the rows of the batch');
  const left = layoutOf(rankA === 1 ? [1, ...a.shape] : a.shape, false);
  const right = layoutOf(rankB === 1 ? [...b.shape, 1] : b.shape, false);
  const shape = [...(rankA === 1 ? [] : [left.rows]), ...(rankB === 1 ? [] : [right.columns])];
  const value = emptyValue(shape, a.perRow, path);
  return { value, run: multiply(a, left, b, right, value, { alpha: 1 }, path) };
}

/** alpha·A·B + beta·C, with A and B transposed on demand and C stretched over the product. */
function generalProduct(a: NetworkValue, b: NetworkValue, c: NetworkValue | undefined, node: OnnxNode & { operator: 'Gemm' }, path: string): NodeStep {
  if (a.shape.length !== 2 || b.shape.length !== 2) throw refusal(path, `multiplies ${shapeText(a.shape)} and ${shapeText(b.shape)}; two matrices are needed`);
  if (b.perRow || (a.perRow && node.transposeA)) throw refusal(path, 'sums over the rows of the batch, or lays them side by side');
  const [left, right] = [layoutOf(a.shape, node.transposeA), layoutOf(b.shape, node.transposeB)];
  const product = emptyValue([left.rows, right.columns], a.perRow, path);
  if (c === undefined) return { value: product, run: multiply(a, left, b, right, product, { alpha: node.alpha }, path) };
  const value = stretched(product, c, path);
  if (value.perRow !== product.perRow || shapeText(value.shape) !== shapeText(product.shape)) throw refusal(path, `adds ${shapeText(c.shape)} to a product of ${shapeText(product.shape)}`);
  return { value, run: multiply(a, left, b, right, value, { alpha: node.alpha, added: { factor: node.beta, values: c.values, places: broadcastPlaces(c.shape, value.shape) } }, path) };
}

interface ProductTerms {
  readonly alpha: number;
  readonly added?: { readonly factor: number; readonly values: Float32Array; readonly places: Int32Array };
}

function multiply(a: Tensor, left: MatrixLayout, b: Tensor, right: MatrixLayout, to: Tensor, { alpha, added }: ProductTerms, path: string): () => void {
  if (left.columns !== right.rows) throw refusal(path, `multiplies ${left.rows} × ${left.columns} and ${right.rows} × ${right.columns}`);
  return () => {
    for (let i = 0; i < left.rows; i++) {
      for (let j = 0; j < right.columns; j++) {
        let [inA, inB, sum] = [i * left.rowStride, j * right.columnStride, 0];
        for (let k = 0; k < left.columns; k++) {
          sum += (a.values[inA] ?? 0) * (b.values[inB] ?? 0);
          inA += left.columnStride;
          inB += right.rowStride;
        }
        const place = i * right.columns + j;
        const constant = added === undefined ? 0 : added.factor * (added.values[added.places[place] ?? 0] ?? 0);
        to.values[place] = alpha * sum + constant;
      }
    }
  };
}

function emptyValue(shape: readonly number[], perRow: boolean, path: string): NetworkValue {
  const elements = elementCount(shape);
  if (elements > GREATEST_ELEMENTS) throw refusal(path, `makes ${elements} values; up to ${GREATEST_ELEMENTS} are kept`);
  return { shape, perRow, values: new Float32Array(elements) };
}

function refusal(path: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path, message }]);
}
