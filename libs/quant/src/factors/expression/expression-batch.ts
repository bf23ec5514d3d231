import { InvalidInputError } from '@nautilus/model';
import { ELEMENT_KERNELS, dropInfinite, shifted } from './element-kernels.ts';
import { reachable, type ExpressionGraph, type GraphNode } from './graph.ts';
import { WINDOW_OPERATORS, type WindowFamily } from './operators.ts';
import { EXPRESSION_FIELDS, type ExpressionField } from './parse.ts';
import { windowCorrelation } from './window-correlation.ts';
import { windowExtremes } from './window-extremes.ts';
import { windowLine } from './window-line.ts';
import { windowMoments } from './window-moments.ts';
import { windowOrder } from './window-order.ts';

/** Bars as columns of equal length, oldest first; NaN where a value is missing. Without `vwap` it is (H + L + C)/3. */
export interface ExpressionColumns {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  readonly vwap?: Float64Array | undefined;
}

type WindowNode = Extract<GraphNode, { kind: 'window' }>;

/** Window operators that one pass computes. */
interface Pass {
  readonly family: WindowFamily;
  readonly operands: readonly number[];
  readonly window: number;
  readonly members: readonly { readonly number: number; readonly node: WindowNode }[];
}

type Step = Pass | { readonly family: 'single'; readonly number: number; readonly node: Exclude<GraphNode, WindowNode> };

const EMPTY = new Float64Array();

/**
 * Evaluates chosen nodes of a graph over whole columns: every shared node once, one pass for each family of window
 * operators, operand and window. Columns between input and roots are kept and used again by the next call.
 */
export class ExpressionBatch {
  readonly #roots: readonly number[];
  readonly #steps: readonly Step[];
  readonly #scratch = new Map<number, Float64Array>();
  readonly #columns = new Map<number, Float64Array>();

  constructor(graph: ExpressionGraph, roots: readonly number[]) {
    this.#roots = roots;
    this.#steps = planSteps(graph, roots);
  }

  /**
   * One column for each root, NaN where there is no value: before the warm-up, where a value in the window is missing, or
   * where the operation has no result.
   * @param into columns of an earlier call that are no longer needed; they are written again where their length fits
   * @throws InvalidInputError when the columns differ in length or hold infinite values.
   */
  evaluate(input: ExpressionColumns, into: readonly Float64Array[] = []): readonly Float64Array[] {
    const fields = fieldColumns(input);
    const length = input.close.length;
    const roots = new Map(this.#roots.map((root, i) => [root, into[i]?.length === length ? into[i] : new Float64Array(length)]));
    this.#columns.clear();
    const columnFor = (number: number): Float64Array => {
      const column = roots.get(number) ?? this.#scratchFor(number, length);
      this.#columns.set(number, column);
      return column;
    };
    for (const step of this.#steps) {
      if (step.family !== 'single') this.#window(step, columnFor);
      else if (step.node.kind === 'field') {
        const column = fields[step.node.field as ExpressionField];
        roots.get(step.number)?.set(column);
        this.#columns.set(step.number, column);
      } else if (step.node.kind === 'number') columnFor(step.number).fill(step.node.value);
      else if (step.node.kind === 'ref') shifted(this.#operand(step.node.operands, 0), step.node.window, columnFor(step.number));
      else ELEMENT_KERNELS[step.node.operator](this.#operand(step.node.operands, 0), this.#operand(step.node.operands, 1), columnFor(step.number));
    }
    return this.#roots.map((root) => roots.get(root) ?? EMPTY);
  }

  #window(pass: Pass, columnFor: (number: number) => Float64Array): void {
    const x = this.#operand(pass.operands, 0);
    const out = (operator: WindowNode['operator']): Float64Array | undefined => {
      const member = pass.members.find(({ node }) => node.operator === operator);
      return member === undefined ? undefined : columnFor(member.number);
    };
    if (pass.family === 'moments') windowMoments(x, pass.window, { sum: out('Sum'), mean: out('Mean'), deviation: out('Std') });
    else if (pass.family === 'highest') windowExtremes(x, pass.window, 'highest', { value: out('Max'), place: out('IdxMax') });
    else if (pass.family === 'lowest') windowExtremes(x, pass.window, 'lowest', { value: out('Min'), place: out('IdxMin') });
    else if (pass.family === 'line') windowLine(x, pass.window, { slope: out('Slope'), rsquare: out('Rsquare'), residual: out('Resi') });
    else if (pass.family === 'order') {
      const quantiles = pass.members.flatMap(({ number, node }) => (node.operator === 'Quantile' ? [{ quantile: node.quantile, column: columnFor(number) }] : []));
      windowOrder(x, pass.window, { rank: out('Rank'), quantiles });
    } else windowCorrelation(x, this.#operand(pass.operands, 1), pass.window, out('Corr') ?? EMPTY);
  }

  #operand(operands: readonly number[], i: number): Float64Array {
    return this.#columns.get(operands[i] ?? -1) ?? EMPTY;
  }

  #scratchFor(number: number, length: number): Float64Array {
    const kept = this.#scratch.get(number);
    if (kept?.length === length) return kept;
    const fresh = new Float64Array(length);
    this.#scratch.set(number, fresh);
    return fresh;
  }
}

/** The nodes that the roots need, in the order of evaluation; window operators at the place of the first of their pass. */
function planSteps(graph: ExpressionGraph, roots: readonly number[]): readonly Step[] {
  const steps: Step[] = [];
  const passes = new Map<string, WindowEntry[]>();
  for (const number of reachable(graph, roots)) {
    const node = graph.node(number);
    if (node.kind !== 'window') {
      steps.push({ family: 'single', number, node });
      continue;
    }
    const family = WINDOW_OPERATORS[node.operator].family;
    const key = `${family}(${node.operands.join()};${node.window})`;
    const members = passes.get(key);
    if (members !== undefined) members.push({ number, node });
    else {
      const first = [{ number, node }];
      passes.set(key, first);
      steps.push({ family, operands: node.operands, window: node.window, members: first });
    }
  }
  return steps;
}

type WindowEntry = { readonly number: number; readonly node: WindowNode };

function fieldColumns(input: ExpressionColumns): { readonly [field in ExpressionField]: Float64Array } {
  const { open, high, low, close, volume } = input;
  const vwap = input.vwap ?? typicalPrice(high, low, close);
  const columns = { open, high, low, close, volume, vwap };
  for (const field of EXPRESSION_FIELDS) {
    const column = columns[field];
    if (column.length !== close.length) throw new InvalidInputError([{ path: field, message: `has ${column.length} values where close has ${close.length}` }]);
    for (let i = 0; i < column.length; i++) {
      if (Math.abs(column[i] ?? NaN) === Infinity) throw new InvalidInputError([{ path: `${field}[${i}]`, message: 'must be finite, or NaN where missing' }]);
    }
  }
  return columns;
}

function typicalPrice(high: Float64Array, low: Float64Array, close: Float64Array): Float64Array {
  const typical = new Float64Array(close.length);
  for (let i = 0; i < typical.length; i++) typical[i] = ((high[i] ?? NaN) + (low[i] ?? NaN) + (close[i] ?? NaN)) / 3;
  dropInfinite(typical);
  return typical;
}
