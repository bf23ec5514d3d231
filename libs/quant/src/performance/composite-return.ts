import { InvalidInputError } from '@nautilus/model';
import { absent, type Figure } from './figures.ts';
import { momentsOf } from './moments.ts';

export interface CompositeMember {
  /** Value at the begin of the period, with the flows of the period by the share of it that they were there. */
  readonly base: number;
  readonly periodReturn: number;
}

export interface CompositeReturn {
  /** Σ base·r/Σ base. */
  readonly assetWeighted: Figure;
  readonly equalWeighted: Figure;
  /** Standard deviation of the members' returns about the asset-weighted one, weighted by assets. */
  readonly dispersion: Figure;
  readonly highest: Figure;
  readonly lowest: Figure;
  readonly count: number;
}

/**
 * Return of several portfolios as one, for one period (GIPS 2020; Bacon 2008 for the dispersion). Members without a
 * positive base are not counted. Without members every figure is `no_data`; dispersion needs two.
 * @throws InvalidInputError for values that are not finite
 */
export function compositeReturn(members: readonly CompositeMember[]): CompositeReturn {
  members.forEach(({ base, periodReturn }, i) => {
    if (!Number.isFinite(base) || !Number.isFinite(periodReturn)) throw new InvalidInputError([{ path: `members.${i}`, message: 'base or return is not a finite number' }]);
  });
  const counted = members.filter(({ base }) => base > 0);
  const total = counted.reduce((sum, { base }) => sum + base, 0);
  if (counted.length === 0) {
    const none = absent('no_data');
    return { assetWeighted: none, equalWeighted: none, dispersion: none, highest: none, lowest: none, count: 0 };
  }
  const returns = counted.map(({ periodReturn }) => periodReturn);
  const assetWeighted = counted.reduce((sum, { base, periodReturn }) => sum + (base / total) * periodReturn, 0);
  const squares = counted.reduce((sum, { base, periodReturn }) => sum + (base / total) * (periodReturn - assetWeighted) ** 2, 0);
  return {
    assetWeighted,
    equalWeighted: momentsOf(returns).mean,
    dispersion: counted.length < 2 ? absent('insufficient_history') : Math.sqrt(squares),
    highest: Math.max(...returns),
    lowest: Math.min(...returns),
    count: counted.length,
  };
}
