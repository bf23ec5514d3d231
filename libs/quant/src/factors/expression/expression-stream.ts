import { InvalidInputError } from '@nautilus/model';
import { reachable, type ExpressionGraph, type GraphNode } from './graph.ts';
import { ELEMENT_OPERATORS } from './operators.ts';
import type { ExpressionField } from './parse.ts';
import { History } from './history.ts';
import { windowValue } from './window-value.ts';

/** One bar; a field that is left out is missing. Without `vwap` it is (H + L + C)/3. */
export type ExpressionBar = { readonly [field in ExpressionField]?: number | undefined };

/** The last values of every operand that a window reads, oldest first, null where missing. Plain JSON. */
export interface ExpressionStreamState {
  readonly histories: readonly (readonly (number | null)[])[];
}

/**
 * Bar-by-bar form of `ExpressionBatch`: the same values, each from the definition of its operator over the last values of
 * its operand, so that nothing accumulates from bar to bar.
 */
export class ExpressionStream {
  readonly #roots: readonly number[];
  /** Nodes in the order of evaluation, each with the history that windows read of it. */
  readonly #steps: readonly { readonly number: number; readonly node: GraphNode; readonly history: History | undefined }[];
  readonly #histories = new Map<number, History>();
  /** The present value of each node by its number, NaN where missing. */
  readonly #values: Float64Array;

  constructor(graph: ExpressionGraph, roots: readonly number[]) {
    this.#roots = roots;
    this.#values = new Float64Array(graph.nodes.length).fill(NaN);
    const order = reachable(graph, roots);
    const capacities = new Map<number, number>();
    for (const number of order) {
      const node = graph.node(number);
      if (node.kind !== 'window' && node.kind !== 'ref') continue;
      const needed = node.kind === 'ref' ? node.window + 1 : node.window;
      for (const operand of node.operands) capacities.set(operand, Math.max(needed, capacities.get(operand) ?? 1));
    }
    for (const [number, capacity] of [...capacities].toSorted(([a], [b]) => a - b)) this.#histories.set(number, new History(capacity));
    this.#steps = order.map((number) => ({ number, node: graph.node(number), history: this.#histories.get(number) }));
  }

  /**
   * One value for each root, undefined where there is none.
   * @throws InvalidInputError for an infinite field; the bar is then not taken in.
   */
  update(bar: ExpressionBar): readonly (number | undefined)[] {
    for (const [field, value] of Object.entries(bar)) {
      if (Math.abs(value ?? NaN) === Infinity) throw new InvalidInputError([{ path: field, message: 'must be finite' }]);
    }
    for (const { number, node, history } of this.#steps) {
      const raw = this.#evaluate(node, bar);
      const value = Number.isFinite(raw) ? raw : NaN;
      this.#values[number] = value;
      history?.add(value);
    }
    return this.#roots.map((root) => {
      const value = this.#values[root] ?? NaN;
      return Number.isNaN(value) ? undefined : value;
    });
  }

  snapshot(): ExpressionStreamState {
    return { histories: [...this.#histories.values()].map((history) => history.snapshot()) };
  }

  /** Continues where the snapshot was taken. @throws InvalidInputError for a state of other expressions. */
  restore(state: ExpressionStreamState): void {
    const histories = [...this.#histories.values()];
    if (state.histories.length !== histories.length || state.histories.some((values, i) => values.length > (histories[i]?.capacity ?? 0))) {
      throw new InvalidInputError([{ path: 'histories', message: 'belong to other expressions' }]);
    }
    histories.forEach((history, i) => history.restore(state.histories[i] ?? []));
  }

  #evaluate(node: GraphNode, bar: ExpressionBar): number {
    if (node.kind === 'number') return node.value;
    if (node.kind === 'field') return fieldOf(node.field as ExpressionField, bar);
    const first = node.operands[0] ?? -1;
    const second = node.operands[1] ?? first;
    if (node.kind === 'element') {
      const x = this.#values[first] ?? NaN;
      const y = this.#values[second] ?? NaN;
      return Number.isNaN(x) || Number.isNaN(y) ? NaN : ELEMENT_OPERATORS[node.operator](x, y);
    }
    const history = this.#histories.get(first);
    const other = this.#histories.get(second);
    if (history === undefined || other === undefined) return NaN;
    if (node.kind === 'ref') return history.back(node.window);
    const [from, otherFrom] = [history.start(node.window), other.start(node.window)];
    return from < 0 || otherFrom < 0 ? NaN : windowValue(node, history.buffer, from, other.buffer, otherFrom);
  }
}

function fieldOf(field: ExpressionField, bar: ExpressionBar): number {
  if (field === 'vwap' && bar.vwap === undefined) return ((bar.high ?? NaN) + (bar.low ?? NaN) + (bar.close ?? NaN)) / 3;
  return bar[field] ?? NaN;
}
