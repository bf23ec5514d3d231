import { InvalidInputError } from '@nautilus/model';

/** One value for each date and symbol: `values[date · symbols + symbol]`, dates oldest first, NaN where missing. */
export interface FactorPanel {
  readonly dates: number;
  readonly symbols: number;
  readonly values: Float64Array;
}

/** Instruments that a cross-section must have before it says anything. */
export const LEAST_CROSS_SECTION = 10;

/** The values of one date, a view. */
export const crossSectionAt = (panel: FactorPanel, date: number): Float64Array => panel.values.subarray(date * panel.symbols, (date + 1) * panel.symbols);

/** @throws InvalidInputError when the size is not dates × symbols or a value is infinite. */
export function checkPanel(panel: FactorPanel, path: string): void {
  if (panel.values.length !== panel.dates * panel.symbols) {
    throw new InvalidInputError([{ path, message: `has ${panel.values.length} values where ${panel.dates} dates × ${panel.symbols} symbols need ${panel.dates * panel.symbols}` }]);
  }
  const infinite = panel.values.findIndex((value) => Math.abs(value) === Infinity);
  if (infinite >= 0) throw new InvalidInputError([{ path: `${path}[${infinite}]`, message: 'must be finite, or NaN where missing' }]);
}

/** @throws InvalidInputError when two panels differ in shape. */
export function checkSameShape(a: FactorPanel, b: FactorPanel): void {
  if (a.dates !== b.dates || a.symbols !== b.symbols) throw new InvalidInputError([{ path: 'panels', message: `differ in shape: ${a.dates} × ${a.symbols} and ${b.dates} × ${b.symbols}` }]);
}

/**
 * Return of the `horizon` dates after each date, compounded from the returns of single dates: ∏(1 + r) − 1 over
 * t+1…t+horizon; missing where one of them is.
 * @throws InvalidInputError for a horizon that is not a whole number of at least 1, and for a broken panel.
 */
export function forwardReturns(returns: FactorPanel, horizon: number): FactorPanel {
  if (!Number.isInteger(horizon) || horizon < 1) throw new InvalidInputError([{ path: 'horizon', message: 'must be a whole number of at least 1' }]);
  checkPanel(returns, 'returns');
  const { dates, symbols } = returns;
  const values = new Float64Array(dates * symbols).fill(NaN);
  for (let t = 0; t + horizon < dates; t++) {
    for (let s = 0; s < symbols; s++) {
      let growth = 1;
      for (let k = 1; k <= horizon; k++) growth *= 1 + (returns.values[(t + k) * symbols + s] ?? NaN);
      values[t * symbols + s] = growth - 1;
    }
  }
  return { dates, symbols, values };
}
