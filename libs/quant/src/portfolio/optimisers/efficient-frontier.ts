import { InvalidInputError } from '@nautilus/model';
import { largestMagnitude } from '../../linear-algebra/symmetric-matrix.ts';
import type { PortfolioAnswer } from './portfolio-answer.ts';
import { checkedProblem, neededReturns, refuseUnsupported, type PortfolioProblem } from './portfolio-problem.ts';
import { optimised, returnRow, utilityObjective } from './variance-optimisers.ts';
import { varianceObjective } from './weight-program.ts';

/** Risk aversion, over that which weighs risk like return, at which the largest return is reached; the least risk still decides between equals. */
const CARELESS = 1e-5;
/** Relative width of a frontier that counts as a point. */
const NARROW = 1e-8;

/**
 * Portfolios of least volatility at equally spaced returns, from the least volatile one to the largest return that the
 * constraints allow (Markowitz 1952). Both volatility and its slope rise along it. One point when all returns are equal.
 * @throws InvalidInputError below two points; InfeasibleConstraintsError naming the constraints in conflict.
 */
export function efficientFrontier(problem: PortfolioProblem, points = 20): PortfolioAnswer[] {
  const checked = checkedProblem(problem);
  refuseUnsupported(checked, 'a frontier of return and volatility', ['l2', 'transactionCost']);
  if (!(Number.isInteger(points) && points >= 2)) throw new InvalidInputError([{ path: 'points', message: 'must be a whole number of at least 2' }]);
  const returns = neededReturns(checked);
  const variance = varianceObjective(checked);
  const first = optimised(checked, variance);
  const careless = CARELESS * (largestMagnitude(returns) / largestMagnitude(checked.covariance.values));
  if (!(careless > 0 && careless < Infinity)) return [first];
  const last = optimised(checked, utilityObjective(checked, careless));
  const [from, to] = [first.expectedReturn ?? 0, last.expectedReturn ?? 0];
  if (!(to - from > NARROW * Math.max(Math.abs(from), Math.abs(to)))) return [first];
  return [first, ...Array.from({ length: points - 2 }, (_, k) => optimised(checked, variance, [returnRow(checked, from + ((to - from) * (k + 1)) / (points - 1))])), last];
}
