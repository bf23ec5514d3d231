import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { cumulative } from './price-change-distribution.ts';

type Published = Readonly<Record<'norm_cdf' | 't_cdf', Readonly<Record<string, number>>>>;

describeWithSharedData('published values', () => {
  const published = (): Published => JSON.parse(readFileSync(sharedData('risk_quantiles.json'), 'utf8')) as Published;

  it('of the normal distribution, relative 1e-12', () => {
    const rows = Object.entries(published().norm_cdf);
    expect(rows.length).toBeGreaterThan(5);
    for (const [z, p] of rows) expect(Math.abs(cumulative('normal')(Number(z)) / p - 1)).toBeLessThan(1e-12);
  });

  it('of Student t with 0.25 degrees of freedom, relative 1e-12', () => {
    const rows = Object.entries(published().t_cdf).filter(([key]) => key.endsWith(',0.25'));
    expect(rows.length).toBeGreaterThan(3);
    for (const [key, p] of rows) expect(Math.abs(cumulative('student_t')(Number(key.split(',')[0])) / p - 1)).toBeLessThan(1e-12);
  });
});

describe.each(['normal', 'student_t'] as const)('%s', (name) => {
  it('is symmetric and rises', () => {
    const cdf = cumulative(name);
    const grid = Array.from({ length: 81 }, (_, i) => (i - 40) / 5);
    grid.forEach((z, i) => {
      expect(cdf(z) + cdf(-z)).toBeCloseTo(1, 12);
      if (i > 0) expect(cdf(z)).toBeGreaterThan(cdf(grid[i - 1] ?? NaN));
    });
  });
});
