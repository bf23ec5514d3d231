import { InvalidInputError } from '@nautilus/model';
import { dot } from '../../linear-algebra/symmetric-matrix.ts';
import type { PortfolioAnswer } from './portfolio-answer.ts';
import { checkedProblem, neededReturns, refuseUnsupported, type PortfolioProblem } from './portfolio-problem.ts';
import { solveUnderLimit } from './quadratic-limit.ts';
import { efficientReturn, minimumVolatility } from './variance-optimisers.ts';
import { solveWeights } from './weight-program.ts';

/** Keeps the last target below the largest return by what the solver may miss. */
const INSET = 1e-9;

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
  const first = minimumVolatility(problem);
  const reward = { quadratic: undefined, linear: returns.map((value) => -value), extras: 0 };
  const { trackingError } = checked;
  const best = trackingError === undefined ? solveWeights(checked, reward) : solveUnderLimit(checked, reward, { name: 'tracking error', centre: trackingError.benchmark, most: trackingError.most }).solved;
  const [from, to] = [first.expectedReturn ?? 0, dot(returns, best.weights)];
  const width = to - from - INSET * Math.max(Math.abs(from), Math.abs(to));
  if (!(width > INSET * Math.max(Math.abs(from), Math.abs(to)))) return [first];
  return [first, ...Array.from({ length: points - 1 }, (_, k) => efficientReturn(problem, from + (width * (k + 1)) / (points - 1)))];
}
