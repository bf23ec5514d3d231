import type { ExpressionGraph } from './graph.ts';
import { CALLED_ELEMENTS, SIGNS, WINDOW_OPERATORS, isWindowOperator } from './operators.ts';
import { expressionError, tokenise, type Token } from './tokens.ts';

/** What a bar offers to an expression. */
export const EXPRESSION_FIELDS = ['open', 'high', 'low', 'close', 'volume', 'vwap'] as const;
export type ExpressionField = (typeof EXPRESSION_FIELDS)[number];

/** Longest window and deepest nesting that is read, so that no text can ask for unbounded work. */
const MAX_WINDOW = 5_000;
const MAX_DEPTH = 64;

const COMPARISONS = new Set(['>', '<', '>=', '<=', '==', '!=']);

/**
 * Reads an expression into a graph and returns the number of its root node. Grammar: `$field`, numbers, `+ - * /`,
 * comparisons (1 or 0), calls of the operators; a comparison binds least, `*` and `/` most. Windows and quantiles are
 * written as numbers. `Ref` looks back only.
 * @throws InvalidInputError with the column (from 1) for a text outside the grammar, unknown fields and operators,
 * windows that are not whole or outside 1…5000, a quantile outside 0…1, and a look ahead.
 */
export function parseExpression(text: string, graph: ExpressionGraph): number {
  return new Parser(tokenise(text), graph).read();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #graph: ExpressionGraph;
  #place = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], graph: ExpressionGraph) {
    this.#tokens = tokens;
    this.#graph = graph;
  }

  read(): number {
    const root = this.#comparison();
    const rest = this.#next();
    if (rest.kind !== 'end') throw expressionError(rest.column, `"${rest.text}" after the end of the expression`);
    return root;
  }

  #comparison(): number {
    return this.#chain(() => this.#sum(), (sign) => COMPARISONS.has(sign));
  }

  #sum(): number {
    return this.#chain(() => this.#product(), (sign) => sign === '+' || sign === '-');
  }

  #product(): number {
    return this.#chain(() => this.#signed(), (sign) => sign === '*' || sign === '/');
  }

  #chain(operand: () => number, belongs: (sign: string) => boolean): number {
    let left = operand();
    for (;;) {
      const token = this.#peek();
      const operator = token.kind === 'sign' && belongs(token.text) ? SIGNS[token.text] : undefined;
      if (operator === undefined) return left;
      this.#next();
      left = this.#graph.intern({ kind: 'element', operator, operands: [left, operand()] });
    }
  }

  #signed(): number {
    const token = this.#peek();
    if (token.kind !== 'sign' || (token.text !== '-' && token.text !== '+')) return this.#value();
    this.#next();
    const operand = this.#nested(token, () => this.#signed());
    if (token.text === '+') return operand;
    return this.#graph.intern({ kind: 'element', operator: 'Multiply', operands: [this.#constant(-1), operand] });
  }

  #value(): number {
    const token = this.#next();
    if (token.kind === 'number') return this.#constant(this.#finite(token));
    if (token.kind === 'field') return this.#field(token);
    if (token.kind === 'name') return this.#nested(token, () => this.#call(token));
    if (token.text === '(') {
      const inside = this.#nested(token, () => this.#comparison());
      this.#expect(')');
      return inside;
    }
    throw expressionError(token.column, token.kind === 'end' ? 'a value is missing at the end' : `"${token.text}" where a value belongs`);
  }

  #field(token: Token): number {
    const field = token.text.slice(1);
    if (!EXPRESSION_FIELDS.some((known) => known === field)) {
      throw expressionError(token.column, `unknown field "${token.text}"; known are ${EXPRESSION_FIELDS.map((known) => `$${known}`).join(' ')}`);
    }
    return this.#graph.intern({ kind: 'field', field });
  }

  #call(name: Token): number {
    const open = this.#peek();
    if (open.text !== '(') throw expressionError(name.column, `"${name.text}" is not a value; a field is written $${name.text}`);
    const operator = name.text;
    if (operator === 'Ref') return this.#reference();
    if (isWindowOperator(operator)) {
      const operands = this.#operands(operator === 'Corr' ? 2 : 1);
      const window = this.#window(WINDOW_OPERATORS[operator].least);
      const quantile = operator === 'Quantile' ? this.#quantile() : 0;
      this.#expect(')');
      return this.#graph.intern({ kind: 'window', operator, operands, window, quantile });
    }
    if (operator === 'Greater' || operator === 'Less' || operator === 'Abs' || operator === 'Log') {
      const operands = this.#operands(CALLED_ELEMENTS[operator]);
      this.#expect(')');
      return this.#graph.intern({ kind: 'element', operator, operands });
    }
    throw expressionError(name.column, `unknown operator "${operator}"; known are ${['Ref', ...Object.keys(CALLED_ELEMENTS), ...Object.keys(WINDOW_OPERATORS)].join(' ')}`);
  }

  #reference(): number {
    const operands = this.#operands(1);
    const window = this.#window(0);
    this.#expect(')');
    return window === 0 ? (operands[0] ?? NaN) : this.#graph.intern({ kind: 'ref', operands, window });
  }

  #operands(count: number): number[] {
    this.#expect('(');
    return Array.from({ length: count }, (_, i) => {
      if (i > 0) this.#expect(',');
      return this.#comparison();
    });
  }

  #window(least: number): number {
    this.#expect(',');
    const { value, column } = this.#literal('a window');
    if (least === 0 && value < 0) throw expressionError(column, 'a reference to later bars is refused');
    if (!Number.isInteger(value) || value < least || value > MAX_WINDOW) throw expressionError(column, `a window must be a whole number from ${least} to ${MAX_WINDOW}`);
    return value;
  }

  #quantile(): number {
    this.#expect(',');
    const { value, column } = this.#literal('a quantile');
    if (value < 0 || value > 1) throw expressionError(column, 'a quantile must be from 0 to 1');
    return value;
  }

  #literal(what: string): { readonly value: number; readonly column: number } {
    const first = this.#next();
    const negative = first.text === '-';
    const token = negative ? this.#next() : first;
    if (token.kind !== 'number') throw expressionError(token.column, `${what} must be written as a number`);
    return { value: negative ? -this.#finite(token) : this.#finite(token), column: first.column };
  }

  #finite(token: Token): number {
    const value = Number(token.text);
    if (!Number.isFinite(value)) throw expressionError(token.column, `"${token.text}" is too large`);
    return value;
  }

  #constant(value: number): number {
    return this.#graph.intern({ kind: 'number', value });
  }

  #nested(token: Token, body: () => number): number {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw expressionError(token.column, `nested deeper than ${MAX_DEPTH}`);
    const result = body();
    this.#depth -= 1;
    return result;
  }

  #expect(sign: string): void {
    const token = this.#next();
    if (token.kind === 'sign' && token.text === sign) return;
    throw expressionError(token.column, token.kind === 'end' ? `"${sign}" is missing at the end` : `"${token.text}" where "${sign}" belongs`);
  }

  #peek(): Token {
    return this.#tokens[this.#place] ?? { kind: 'end', text: '', column: 1 };
  }

  #next(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#place += 1;
    return token;
  }
}
