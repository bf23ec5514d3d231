import { COMMUTATIVE, ELEMENT_OPERATORS, SIGNS, isElementOperator, type ElementOperator, type WindowOperator } from './operators.ts';

export type GraphNode =
  | { readonly kind: 'field'; readonly field: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'element'; readonly operator: ElementOperator; readonly operands: readonly number[] }
  | { readonly kind: 'ref'; readonly operands: readonly number[]; readonly window: number }
  /** `quantile` is 0 for operators without one. */
  | { readonly kind: 'window'; readonly operator: WindowOperator; readonly operands: readonly number[]; readonly window: number; readonly quantile: number };

/** The numbers of the nodes that a node reads. */
const operandsOf = (node: GraphNode): readonly number[] => ('operands' in node ? node.operands : []);

const SIGN_OF: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(SIGNS).map(([sign, operator]) => [operator, sign]));

/**
 * Expressions with shared parts: an operation that occurs twice, in one expression or in several, is one node. Operands
 * come before what reads them, so the numbers of the nodes are an order of evaluation.
 */
export class ExpressionGraph {
  readonly #nodes: GraphNode[] = [];
  readonly #numbers = new Map<string, number>();

  get nodes(): readonly GraphNode[] {
    return this.#nodes;
  }

  /** @throws RangeError for a number that this graph did not give. */
  node(number: number): GraphNode {
    const node = this.#nodes[number];
    if (node === undefined) throw new RangeError(`no node ${number}`);
    return node;
  }

  /** The number of an equal node, or of a new one. Operations on constants are carried out at once. */
  intern(node: GraphNode): number {
    const settled = this.#fold(this.#order(node));
    const key = keyOf(settled);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#nodes.push(settled);
    this.#numbers.set(key, this.#nodes.length - 1);
    return this.#nodes.length - 1;
  }

  /** One text for all spellings that mean the same operations on the same operands. */
  canonical(number: number): string {
    const node = this.node(number);
    if (node.kind === 'field') return `$${node.field}`;
    if (node.kind === 'number') return `${node.value}`;
    const operands = node.operands.map((operand) => this.canonical(operand));
    if (node.kind !== 'window' && node.kind !== 'ref' && SIGN_OF[node.operator] !== undefined) {
      if (COMMUTATIVE.has(node.operator)) operands.sort();
      return `(${operands.join(SIGN_OF[node.operator])})`;
    }
    if (node.kind === 'ref') return `Ref(${operands.join()},${node.window})`;
    if (COMMUTATIVE.has(node.operator)) operands.sort();
    if (node.kind === 'element') return `${node.operator}(${operands.join()})`;
    return `${node.operator}(${operands.join()},${node.window}${node.operator === 'Quantile' ? `,${node.quantile}` : ''})`;
  }

  /** Bars that a node needs before its first value, itself included. */
  warmUp(number: number): number {
    const node = this.node(number);
    if (node.kind === 'field') return 1;
    if (node.kind === 'number') return 0;
    const before = Math.max(...node.operands.map((operand) => this.warmUp(operand)));
    if (node.kind === 'element') return before;
    return Math.max(before, 1) + (node.kind === 'ref' ? node.window : node.window - 1);
  }

  #order(node: GraphNode): GraphNode {
    if ((node.kind !== 'element' && node.kind !== 'window') || !COMMUTATIVE.has(node.operator)) return node;
    return { ...node, operands: node.operands.toSorted((a, b) => a - b) };
  }

  #fold(node: GraphNode): GraphNode {
    if (node.kind !== 'element' || !isElementOperator(node.operator)) return node;
    const values = node.operands.map((operand) => this.node(operand)).flatMap((operand) => (operand.kind === 'number' ? [operand.value] : []));
    if (values.length < node.operands.length) return node;
    const value = ELEMENT_OPERATORS[node.operator](values[0] ?? NaN, values[1] ?? NaN);
    return Number.isFinite(value) ? { kind: 'number', value } : node;
  }
}

function keyOf(node: GraphNode): string {
  if (node.kind === 'field') return `$${node.field}`;
  if (node.kind === 'number') return `${Object.is(node.value, -0) ? 0 : node.value}`;
  const operands = node.operands.join();
  if (node.kind === 'element') return `${node.operator}(${operands})`;
  return node.kind === 'ref' ? `Ref(${operands};${node.window})` : `${node.operator}(${operands};${node.window};${node.quantile})`;
}

/** The roots and all that they read, ascending, which is an order of evaluation. */
export function reachable(graph: ExpressionGraph, roots: readonly number[]): readonly number[] {
  const wanted = new Set(roots);
  for (let number = graph.nodes.length - 1; number >= 0; number--) {
    if (wanted.has(number)) for (const operand of operandsOf(graph.node(number))) wanted.add(operand);
  }
  return [...wanted].toSorted((a, b) => a - b);
}
