import { expect, it } from '@jest/globals';
import { FakeClock } from '@nautilus/testkit';
import { CrashBudget } from './crash-budget.ts';

const MINUTE_MS = 60_000;

it('bears five crashes an hour and not six', () => {
  const clock = new FakeClock();
  const budget = new CrashBudget(() => clock.monotonic());
  const verdicts = Array.from({ length: 6 }, () => {
    clock.advance(MINUTE_MS);
    return budget.spend();
  });
  expect(verdicts).toEqual([true, true, true, true, true, false]);
});

it('forgets what is an hour old', () => {
  const clock = new FakeClock();
  const budget = new CrashBudget(() => clock.monotonic());
  // One each 12 minutes: never more than five within an hour that ends now.
  for (let crash = 0; crash < 20; crash += 1) {
    expect(budget.spend()).toBe(true);
    clock.advance(12 * MINUTE_MS);
  }
});
