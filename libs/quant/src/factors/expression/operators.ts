/** Which pass over a window computes an operator; operators of one family, operand and window share it. */
export type WindowFamily = 'moments' | 'highest' | 'lowest' | 'order' | 'line' | 'pair';

export const WINDOW_OPERATORS = {
  Mean: { family: 'moments', least: 1 },
  Sum: { family: 'moments', least: 1 },
  Std: { family: 'moments', least: 2 },
  Max: { family: 'highest', least: 1 },
  IdxMax: { family: 'highest', least: 1 },
  Min: { family: 'lowest', least: 1 },
  IdxMin: { family: 'lowest', least: 1 },
  Quantile: { family: 'order', least: 1 },
  Rank: { family: 'order', least: 1 },
  Slope: { family: 'line', least: 2 },
  Rsquare: { family: 'line', least: 2 },
  Resi: { family: 'line', least: 2 },
  Corr: { family: 'pair', least: 2 },
} as const satisfies Record<string, { readonly family: WindowFamily; readonly least: number }>;

export type WindowOperator = keyof typeof WINDOW_OPERATORS;

/** Operators on the values of one bar. Anything that is not finite becomes missing: division by 0, logarithm of ≤ 0, overflow. */
export const ELEMENT_OPERATORS = {
  Add: (x, y) => x + y,
  Subtract: (x, y) => x - y,
  Multiply: (x, y) => x * y,
  Divide: (x, y) => x / y,
  Above: (x, y) => (x > y ? 1 : 0),
  Below: (x, y) => (x < y ? 1 : 0),
  AtLeast: (x, y) => (x >= y ? 1 : 0),
  AtMost: (x, y) => (x <= y ? 1 : 0),
  Equal: (x, y) => (x === y ? 1 : 0),
  Unequal: (x, y) => (x !== y ? 1 : 0),
  Greater: (x, y) => (x > y ? x : y),
  Less: (x, y) => (x < y ? x : y),
  Abs: (x) => Math.abs(x),
  Log: (x) => Math.log(x),
} as const satisfies Record<string, (x: number, y: number) => number>;

export type ElementOperator = keyof typeof ELEMENT_OPERATORS;

export const isWindowOperator = (name: string): name is WindowOperator => Object.hasOwn(WINDOW_OPERATORS, name);
export const isElementOperator = (name: string): name is ElementOperator => Object.hasOwn(ELEMENT_OPERATORS, name);

/** Signs between two operands. */
export const SIGNS: Readonly<Record<string, ElementOperator>> = {
  '+': 'Add',
  '-': 'Subtract',
  '*': 'Multiply',
  '/': 'Divide',
  '>': 'Above',
  '<': 'Below',
  '>=': 'AtLeast',
  '<=': 'AtMost',
  '==': 'Equal',
  '!=': 'Unequal',
};

/** Element operators that are written as a call. */
export const CALLED_ELEMENTS = { Greater: 2, Less: 2, Abs: 1, Log: 1 } as const;

/** Operands may change places without a change of the result. */
export const COMMUTATIVE: ReadonlySet<string> = new Set(['Add', 'Multiply', 'Greater', 'Less', 'Equal', 'Unequal', 'Corr']);
