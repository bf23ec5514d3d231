import { InvalidInputError } from '@nautilus/model';

/** From `from` up to, not including, `to`. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

export interface WalkForwardPlan {
  readonly train: number;
  readonly test: number;
  /** Rows between training and test that neither sees; default 0. */
  readonly gap?: number;
  /** `anchored` training always begins at the first row and grows. Default `rolling`. */
  readonly mode?: 'rolling' | 'anchored';
}

export interface WalkForwardWindow {
  readonly train: RowRange;
  readonly test: RowRange;
}

/**
 * Windows over `length` rows whose tests follow each other without gap or overlap; the last test may be shorter.
 * @throws InvalidInputError for sizes that are not whole, and rows that do not suffice for one window.
 */
export function walkForwardWindows(length: number, plan: WalkForwardPlan): readonly WalkForwardWindow[] {
  const { train, test, gap = 0, mode = 'rolling' } = plan;
  for (const [path, value, least] of [['length', length, 1], ['train', train, 1], ['test', test, 1], ['gap', gap, 0]] as const)
    if (!Number.isInteger(value) || value < least) throw new InvalidInputError([{ path, message: `${value} is no whole number from ${least}` }]);
  if (train + gap >= length) throw new InvalidInputError([{ path: 'length', message: `${length} rows leave none to test after ${train} of training and a gap of ${gap}` }]);
  const windows: WalkForwardWindow[] = [];
  for (let from = train + gap; from < length; from += test)
    windows.push({ train: { from: mode === 'anchored' ? 0 : from - gap - train, to: from - gap }, test: { from, to: Math.min(length, from + test) } });
  return windows;
}

/** What a strategy is to the walk: something to choose on one range and the returns of the choice on another, one for each row. */
export interface WalkForwardCase<Choice> {
  choose(train: RowRange): Choice;
  returns(choice: Choice, rows: RowRange): Float64Array;
}

export interface WalkForwardStep<Choice> extends WalkForwardWindow {
  readonly choice: Choice;
  /** Annual and compound; undefined where nothing was left. */
  readonly trainReturn: number | undefined;
  readonly testReturn: number | undefined;
}

export interface WalkForward<Choice> {
  readonly steps: readonly WalkForwardStep<Choice>[];
  /** Row of the first stitched return. */
  readonly from: number;
  /** Returns of all tests in order, and what 1 became, row by row. */
  readonly returns: Float64Array;
  readonly equity: Float64Array;
  /** Annual return of the stitched tests over the mean of the training windows (Pardo 2008); undefined unless that is positive. */
  readonly efficiency: number | undefined;
}

/**
 * Chooses on each training window and tests behind it; the stitched tests are the result that a trader would have had.
 * @param rowsPerYear for annual figures, 252 for days
 * @throws InvalidInputError as `walkForwardWindows`, and for returns that are too few, not finite or below −1
 */
export function walkForward<Choice>(length: number, plan: WalkForwardPlan, rowsPerYear: number, strategy: WalkForwardCase<Choice>): WalkForward<Choice> {
  if (!(rowsPerYear > 0 && rowsPerYear < Infinity)) throw new InvalidInputError([{ path: 'rowsPerYear', message: `${rowsPerYear} is not positive` }]);
  const windows = walkForwardWindows(length, plan);
  const from = windows[0]?.test.from ?? 0;
  const stitched = new Float64Array(length - from);
  const steps = windows.map((window): WalkForwardStep<Choice> => {
    const choice = strategy.choose(window.train);
    const trained = checkedReturns(strategy.returns(choice, window.train), window.train);
    const tested = checkedReturns(strategy.returns(choice, window.test), window.test);
    stitched.set(tested, window.test.from - from);
    return { ...window, choice, trainReturn: annualReturn(trained, rowsPerYear), testReturn: annualReturn(tested, rowsPerYear) };
  });
  let value = 1;
  const equity = stitched.map((r) => (value *= 1 + r));
  const trained = steps.map(({ trainReturn }) => trainReturn ?? -1);
  const inSample = trained.reduce((sum, r) => sum + r, 0) / trained.length;
  const outOfSample = annualReturn(stitched, rowsPerYear);
  return { steps, from, returns: stitched, equity, efficiency: inSample > 0 && outOfSample !== undefined ? outOfSample / inSample : undefined };
}

function annualReturn(returns: Float64Array, rowsPerYear: number): number | undefined {
  const growth = returns.reduce((product, r) => product * (1 + r), 1);
  return growth > 0 ? growth ** (rowsPerYear / returns.length) - 1 : undefined;
}

function checkedReturns(returns: Float64Array, { from, to }: RowRange): Float64Array {
  if (returns.length !== to - from) throw new InvalidInputError([{ path: 'returns', message: `${returns.length} for the ${to - from} rows from ${from}` }]);
  if (!returns.every((r) => r >= -1 && r < Infinity)) throw new InvalidInputError([{ path: 'returns', message: `not all of those from row ${from} are finite and from −1` }]);
  return returns;
}
