import { describe, expect, it } from '@jest/globals';
import { SOBOL_MAX_DIMENSIONS, SobolSequence } from './sobol-sequence.ts';

describe('SobolSequence', () => {
  it('gives the published first points in three dimensions', () => {
    const sequence = new SobolSequence(3);
    expect(Array.from({ length: 8 }, () => Array.from(sequence.next()))).toEqual([
      [0, 0, 0], [0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625], [0.875, 0.875, 0.125], [0.625, 0.125, 0.875], [0.125, 0.625, 0.375],
    ]);
  });

  it('puts one of the first 1024 points into each interval of every dimension', () => {
    const sequence = new SobolSequence(SOBOL_MAX_DIMENSIONS);
    const points = Array.from({ length: 1024 }, () => sequence.next());
    for (let d = 0; d < SOBOL_MAX_DIMENSIONS; d++) expect(new Set(points.map((point) => Math.floor(point[d]! * 1024))).size).toBe(1024);
  });

  it('refuses dimensions without direction numbers', () => {
    for (const dimensions of [0, 1.5, 11, NaN]) expect(() => new SobolSequence(dimensions)).toThrow('dimensions');
  });
});
