import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import studentTCdf from '@stdlib/stats-base-dists-t-cdf';

/** How a standardised price change becomes the share of volume that was bought. */
export type PriceChangeDistribution = 'normal' | 'student_t';

/** Degrees of freedom that the authors of bulk volume classification use in their later work. */
const STUDENT_T_DEGREES = 0.25;

const standardNormal = normalCdf.factory(0, 1);
const studentT = studentTCdf.factory(STUDENT_T_DEGREES);

/** Cumulative probability of a standardised change; relative error about 1e-14. */
export function cumulative(distribution: PriceChangeDistribution): (z: number) => number {
  return distribution === 'normal' ? standardNormal : studentT;
}
