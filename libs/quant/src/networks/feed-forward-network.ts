import { InvalidInputError } from '@nautilus/model';
import { GREATEST_ELEMENTS, type NetworkValue, nodeStep } from './node-step.ts';
import type { OnnxModel, OnnxPort } from './onnx-model.ts';
import { elementCount, shapeText } from './tensor.ts';

/**
 * A network whose rows do not touch each other, run in plain typed arrays: where no inference runtime is installed, a small
 * model still answers. What lies between two nodes is float32, as in the runtime; sums and functions within a node are
 * float64, so a result differs from the runtime's by the rounding of its sums.
 *
 * Memory is taken once, for one row; rows of a batch pass through one after the other, so a batch gives the bits of its rows.
 */
export class FeedForwardNetwork {
  /** Numbers in a row that goes in. */
  readonly inputs: number;
  /** Numbers in a row that comes out. */
  readonly outputs: number;
  readonly #row: Float32Array;
  readonly #steps: (() => void)[] = [];
  readonly #result: Float32Array;

  /**
   * @throws InvalidInputError when the input or output is no batch of rows of a known length, when a node reads what is not
   * there yet, when shapes do not fit, and when a node would mix the rows of a batch
   */
  constructor(model: OnnxModel) {
    const values = new Map<string, NetworkValue>();
    const define = (name: string, value: NetworkValue, path: string): void => {
      if (values.has(name)) throw refusal(path, `the name "${name}" is taken`);
      values.set(name, value);
    };
    for (const [name, tensor] of model.initializers) define(name, { ...tensor, perRow: false }, 'model.graph.initializer');
    this.inputs = rowLength(model.input, 'model.graph.input');
    this.#row = new Float32Array(this.inputs);
    define(model.input.name, { shape: [1, this.inputs], perRow: true, values: this.#row }, 'model.graph.input');
    let memory = this.inputs;
    for (const [i, node] of model.nodes.entries()) {
      const path = `model.graph.node[${i}] (${node.operator})`;
      const { value, run } = nodeStep(node, (name) => values.get(name) ?? undefinedValue(name, path), path);
      memory += elementCount(value.shape);
      if (memory > GREATEST_ELEMENTS) throw refusal(path, `more than ${GREATEST_ELEMENTS} values for one row`);
      if (value.perRow) this.#steps.push(run);
      else run();
      define(node.output, value, path);
    }
    const result = values.get(model.output.name) ?? undefinedValue(model.output.name, 'model.graph.output');
    if (!result.perRow || result.shape.length !== 2) throw refusal('model.graph.output', `"${model.output.name}" is ${result.perRow ? `of the shape ${shapeText(result.shape)}` : 'the same for every row'}; a batch of rows is needed`);
    this.#result = result.values;
    this.outputs = result.values.length;
    const declared = model.output.shape?.at(1);
    if (model.output.shape !== undefined && (model.output.shape.length !== 2 || (declared !== undefined && declared !== this.outputs))) throw refusal('model.graph.output', `is declared otherwise than the ${this.outputs} values that are computed`);
  }

  /**
   * One row of results for each row of inputs, in the same order.
   *
   * @throws InvalidInputError, naming the row, for another number of values than `inputs`, for a value that is not finite as
   * float32, and for a result that is not finite; no row is answered then
   */
  evaluate(rows: readonly ArrayLike<number>[]): Float32Array[] {
    return rows.map((row, i) => {
      this.#take(row, `rows[${i}]`);
      for (const step of this.#steps) step();
      const result = this.#result.slice();
      const broken = result.findIndex((value) => !Number.isFinite(value));
      if (broken !== -1) throw refusal(`rows[${i}]`, `leads to the result ${result[broken]} at place ${broken}`);
      return result;
    });
  }

  #take(row: ArrayLike<number>, path: string): void {
    if (row.length !== this.inputs) throw refusal(path, `has ${row.length} values; ${this.inputs} are expected`);
    for (let i = 0; i < this.inputs; i++) {
      const value = row[i];
      if (!Number.isFinite(value) || !Number.isFinite(Math.fround(value ?? NaN))) throw refusal(`${path}[${i}]`, `${value} is not finite${Number.isFinite(value) ? ' as float32' : ''}`);
      this.#row[i] = value ?? NaN;
    }
  }
}

/** A first dimension of 1 is a batch too: rows are run one by one. */
function rowLength({ name, shape }: OnnxPort, path: string): number {
  const [batch, length, ...further] = shape ?? [];
  if (shape?.length !== 2 || (batch ?? 1) !== 1 || length === undefined || length < 1 || further.length > 0) {
    throw refusal(path, `"${name}" has the shape ${shapeText(shape ?? [])}; [batch, inputs] with a known number of inputs is needed`);
  }
  if (length > GREATEST_ELEMENTS) throw refusal(path, `${length} inputs; up to ${GREATEST_ELEMENTS} are taken`);
  return length;
}

function undefinedValue(name: string, path: string): never {
  throw refusal(path, `reads "${name}", which nothing before it makes`);
}

function refusal(path: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path, message }]);
}
