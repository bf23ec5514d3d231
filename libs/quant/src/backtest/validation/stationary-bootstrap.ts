import { InvalidInputError } from '@nautilus/model';
import { type SeededRandom } from '../../random/seeded-random.ts';

/**
 * Rows of one resample: blocks that begin anywhere, run on past the end to the beginning, and have geometric lengths with
 * the given mean (Politis & Romano 1994). A mean of 1 draws row by row.
 * @throws InvalidInputError for no rows and a mean length below 1.
 */
export function stationaryBootstrapRows(length: number, meanBlock: number, random: SeededRandom): Int32Array {
  if (!Number.isInteger(length) || length < 1) throw new InvalidInputError([{ path: 'length', message: `${length} is no whole number from 1` }]);
  if (!(meanBlock >= 1 && meanBlock < Infinity)) throw new InvalidInputError([{ path: 'meanBlock', message: `${meanBlock} is below 1` }]);
  const rows = new Int32Array(length);
  let row = random.below(length);
  for (let i = 0; i < length; i++) {
    if (i > 0) row = random.uniform() * meanBlock < 1 ? random.below(length) : (row + 1) % length;
    rows[i] = row;
  }
  return rows;
}
