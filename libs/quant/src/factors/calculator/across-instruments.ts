import type { FactorTransform } from '../catalogue/factor-ids.ts';
import { crossSectionRanks, crossSectionScores, groupScores, neutralised, type CrossSectionLabels } from '../transforms/cross-section-transforms.ts';

/**
 * Applies a transform across the instruments of one date; transforms over time leave the values as they are.
 * @throws InvalidInputError when the labels are not as many as the values
 */
export function acrossInstruments(transform: FactorTransform, values: Float64Array, labels: CrossSectionLabels): Float64Array {
  if (transform === 'csz') return crossSectionScores(values);
  if (transform === 'csrank') return crossSectionRanks(values);
  if (transform === 'csgroup') return groupScores(values, labels);
  return transform === 'neutral' ? neutralised(values, labels) : values;
}

/** Exposures of the standard four, each from scores across instruments (NaN where missing), of the factors that they are made of. */
export interface StandardExposures {
  readonly momentum: Float64Array;
  readonly value: Float64Array;
  readonly size: Float64Array;
  readonly profitability: Float64Array;
}

/** From the raw values of mom_12_1, book_to_price, earnings_yield, size and gross_profitability of one date. */
export function standardExposures(raw: {
  readonly mom_12_1: Float64Array;
  readonly book_to_price: Float64Array;
  readonly earnings_yield: Float64Array;
  readonly size: Float64Array;
  readonly gross_profitability: Float64Array;
}): StandardExposures {
  const [book, earnings] = [crossSectionScores(raw.book_to_price), crossSectionScores(raw.earnings_yield)];
  return {
    momentum: crossSectionScores(raw.mom_12_1),
    value: book.map((score, i) => (score + (earnings[i] ?? NaN)) / 2),
    size: crossSectionScores(raw.size),
    profitability: crossSectionScores(raw.gross_profitability),
  };
}
