import { InvalidInputError } from '@nautilus/model';

export interface ReliabilityRow {
  readonly from: number;
  /** Belongs to the last row only. */
  readonly to: number;
  readonly count: number;
  /** Undefined in an empty row. */
  readonly meanForecast: number | undefined;
  readonly observedShare: number | undefined;
}

export interface ForecastQuality {
  readonly count: number;
  readonly baseRate: number;
  /** Chance that what happened had a higher forecast than what did not, ties half (Hanley & McNeil 1982); undefined when all outcomes are one. */
  readonly areaUnderCurve: number | undefined;
  /** Mean squared distance of forecast and outcome (Brier 1950). */
  readonly brierScore: number;
  /** That of forecasting the base rate always. */
  readonly brierScoreOfBaseRate: number;
  readonly reliability: readonly ReliabilityRow[];
}

/**
 * How good forecast probabilities were.
 * @param outcomes 1 where it happened, 0 where not
 * @throws InvalidInputError for no forecasts, other lengths, forecasts outside [0, 1] and other outcomes
 */
export function forecastQuality(forecasts: ArrayLike<number>, outcomes: ArrayLike<number>, rows = 10): ForecastQuality {
  const count = forecasts.length;
  if (count === 0 || outcomes.length !== count) throw new InvalidInputError([{ path: 'forecasts', message: `${count} for ${outcomes.length} outcomes` }]);
  if (!Number.isInteger(rows) || rows < 1) throw new InvalidInputError([{ path: 'rows', message: `${rows} is no whole number from 1` }]);
  const sums = Array.from({ length: rows }, () => ({ count: 0, forecast: 0, happened: 0 }));
  let [happened, squares] = [0, 0];
  for (let i = 0; i < count; i++) {
    const [p, outcome] = [forecasts[i] ?? NaN, outcomes[i] ?? NaN];
    if (!(p >= 0 && p <= 1)) throw new InvalidInputError([{ path: `forecasts.${i}`, message: `${p} is no probability` }]);
    if (outcome !== 0 && outcome !== 1) throw new InvalidInputError([{ path: `outcomes.${i}`, message: 'must be 0 or 1' }]);
    happened += outcome;
    squares += (p - outcome) ** 2;
    const row = sums[Math.min(rows - 1, Math.floor(p * rows))];
    if (row === undefined) continue;
    row.count += 1;
    row.forecast += p;
    row.happened += outcome;
  }
  const baseRate = happened / count;
  return {
    count,
    baseRate,
    areaUnderCurve: areaUnderCurve(forecasts, outcomes, happened),
    brierScore: squares / count,
    brierScoreOfBaseRate: baseRate * (1 - baseRate),
    reliability: sums.map((row, k) => ({
      from: k / rows,
      to: (k + 1) / rows,
      count: row.count,
      meanForecast: row.count === 0 ? undefined : row.forecast / row.count,
      observedShare: row.count === 0 ? undefined : row.happened / row.count,
    })),
  };
}

function areaUnderCurve(forecasts: ArrayLike<number>, outcomes: ArrayLike<number>, happened: number): number | undefined {
  const count = forecasts.length;
  if (happened === 0 || happened === count) return undefined;
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => (forecasts[a] ?? 0) - (forecasts[b] ?? 0));
  let ranks = 0;
  for (let first = 0; first < count; ) {
    let last = first;
    while (last + 1 < count && forecasts[order[last + 1] ?? 0] === forecasts[order[first] ?? 0]) last++;
    for (let i = first; i <= last; i++) ranks += (outcomes[order[i] ?? 0] ?? 0) * ((first + last) / 2 + 1);
    first = last + 1;
  }
  return (ranks - (happened * (happened + 1)) / 2) / (happened * (count - happened));
}
