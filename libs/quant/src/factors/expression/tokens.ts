import { InvalidInputError } from '@nautilus/model';

/** Longest expression that is read; longer ones are refused before any work is done. */
const MAX_LENGTH = 4_000;

export interface Token {
  readonly kind: 'number' | 'name' | 'field' | 'sign' | 'end';
  readonly text: string;
  /** Where the token begins, counted from 1. */
  readonly column: number;
}

const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const FIELD = /\$[A-Za-z_][A-Za-z0-9_]*/y;
const SIGN = />=|<=|==|!=|[-+*/(),<>]/y;

/** An error that says where in the text it was found. `column` counts from 1. */
export function expressionError(column: number, message: string): InvalidInputError {
  return new InvalidInputError([{ path: 'expression', message: `column ${column}: ${message}` }]);
}

/**
 * Splits an expression into numbers, names, `$fields` and signs; the last token is always `end`.
 * @throws InvalidInputError naming the column of the first character that belongs to no token.
 */
export function tokenise(text: string): readonly Token[] {
  if (text.length > MAX_LENGTH) throw expressionError(MAX_LENGTH + 1, `longer than ${MAX_LENGTH} characters`);
  const tokens: Token[] = [];
  let place = 0;
  const take = (pattern: RegExp, kind: Token['kind']): boolean => {
    pattern.lastIndex = place;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) return false;
    tokens.push({ kind, text: found, column: place + 1 });
    place += found.length;
    return true;
  };
  for (;;) {
    while (/\s/.test(text.charAt(place))) place += 1;
    if (place >= text.length) break;
    if (!(take(NUMBER, 'number') || take(NAME, 'name') || take(FIELD, 'field') || take(SIGN, 'sign'))) {
      throw expressionError(place + 1, `"${text.charAt(place)}" has no meaning here`);
    }
  }
  tokens.push({ kind: 'end', text: '', column: text.length + 1 });
  return tokens;
}
