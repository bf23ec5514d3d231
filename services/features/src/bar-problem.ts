import type { Bar } from '@nautilus/model';

/** What is wrong with a bar, or undefined. Kernels refuse such bars; asking first keeps all features at the same bar. */
export function barProblem({ open, high, low, close, volume }: Pick<Bar, 'open' | 'high' | 'low' | 'close' | 'volume'>): string | undefined {
  const whole = low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close) && high < Infinity && volume >= 0 && volume < Infinity;
  return whole ? undefined : 'must have 0 < low <= open, close <= high and volume >= 0';
}
