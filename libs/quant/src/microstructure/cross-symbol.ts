import { InvalidInputError } from '@nautilus/model';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

export interface CrossSymbolDependence {
  readonly names: readonly string[];
  /** Pearson correlation; null where one of the two does not vary. */
  readonly correlations: readonly (readonly (number | null)[])[];
  /** Fisher's standard error of a correlation in z: 1/√(n − 3). */
  readonly standardErrorOfZ: number;
  /** Share of variance of the first principal component of the correlations; undefined below two varying columns. */
  readonly firstComponentShare: number | undefined;
  readonly observations: number;
}

/**
 * Correlations of columns of equal length and the share of their first principal component (Pearson 1901; Fisher 1915
 * for the error). Undefined below 30 rows and below two columns. @throws InvalidInputError for unequal lengths and values that are not finite.
 */
export function crossSymbolDependence(names: readonly string[], columns: readonly Float64Array[]): CrossSymbolDependence | undefined {
  const n = columns[0]?.length ?? 0;
  if (names.length !== columns.length || columns.some((column) => column.length !== n)) throw new InvalidInputError([{ path: 'columns', message: 'the columns differ in length' }]);
  if (columns.some((column) => !column.every(Number.isFinite))) throw new InvalidInputError([{ path: 'columns', message: 'a value is missing' }]);
  if (columns.length < 2 || n < 30) return undefined;
  const scores = columns.map((column) => {
    const mean = column.reduce((sum, value) => sum + value, 0) / n;
    const centred = column.map((value) => value - mean);
    const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
    // A constant column leaves only rounding of its mean.
    return length > 1e-14 * Math.abs(mean) * Math.sqrt(n) ? centred.map((value) => value / length) : undefined;
  });
  const correlation = (a: Float64Array | undefined, b: Float64Array | undefined): number | null =>
    a === undefined || b === undefined ? null : a === b ? 1 : Math.max(-1, Math.min(1, a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)));
  const varying = scores.filter((score) => score !== undefined);
  const eigenvalues = varying.length < 2 ? [] : new EigenvalueDecomposition(new Matrix(varying.map((a) => varying.map((b) => correlation(a, b) ?? 0))), { assumeSymmetric: true }).realEigenvalues;
  return {
    names,
    correlations: scores.map((a) => scores.map((b) => correlation(a, b))),
    standardErrorOfZ: 1 / Math.sqrt(n - 3),
    firstComponentShare: eigenvalues.length === 0 ? undefined : Math.max(...eigenvalues) / varying.length,
    observations: n,
  };
}
