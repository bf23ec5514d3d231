import type { ReasonCode } from '@nautilus/model';
import type { Figure } from '../fundamentals/fundamentals.ts';

export type { Figure };

export const absent = (reason: ReasonCode): Figure => ({ reason });

/** Applies `compute` when there is a number; a reason passes through. A result that is not finite becomes `reason`. */
export function mapped(figure: Figure, compute: (value: number) => number, reason: ReasonCode = 'negative_denominator'): Figure {
  return typeof figure === 'number' ? finite(compute(figure), reason) : figure;
}

/** The same for two figures; the reason of the first comes first. */
export function combined(first: Figure, second: Figure, compute: (first: number, second: number) => number, reason: ReasonCode = 'negative_denominator'): Figure {
  if (typeof first !== 'number') return first;
  return typeof second === 'number' ? finite(compute(first, second), reason) : second;
}

/** A number, or `reason` in place of NaN and infinities. */
export const finite = (value: number, reason: ReasonCode): Figure => (Number.isFinite(value) ? value : absent(reason));

/** `numerator / denominator`; a denominator of zero gives `reason`. */
export const quotient = (numerator: Figure, denominator: Figure, reason: ReasonCode = 'negative_denominator'): Figure =>
  combined(numerator, denominator, (a, b) => (b === 0 ? NaN : a / b), reason);

/** For places that accept undefined only: the number, or undefined. */
export const numberOf = (figure: Figure): number | undefined => (typeof figure === 'number' ? figure : undefined);
