import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { recordAccuracy } from '@nautilus/testkit';
import { symmetricFromRows } from '../../linear-algebra/symmetric-matrix.ts';
import { SeededRandom } from '../../random/index.ts';
import { csaCall } from './csa-call.ts';
import { marginUtilisation } from './margin-utilisation.ts';
import { bookDynamics, callProbability, simulateTimeToCall, type CallDynamics } from './time-to-call.ts';

const terms = { threshold: 1_000_000, minimumTransferAmount: 250_000, roundingUnit: 100_000 };

describe('call under a credit support annex', () => {
  it.each([
    [3_120_000, 1_500_000, 'call', 700_000, 620_000],
    [1_240_000, 0, 'none', 0, 240_000],
    [1_250_000, 0, 'call', 300_000, 250_000],
    [900_000, 0, 'none', 0, 0],
    [1_000_000, 350_000, 'return', 300_000, -350_000],
    [-4_000_000, 280_000, 'return', 200_000, -280_000],
    [-4_000_000, 240_000, 'none', 0, -240_000],
  ] as const)('exposure %d, held %d: %s of %d', (exposure, held, action, amount, difference) => {
    expect(csaCall(exposure, held, terms)).toEqual({ action, amount, difference });
  });

  it('rounds in decimals, so that whole multiples stay', () => {
    expect(csaCall(0.3, 0, { threshold: 0, minimumTransferAmount: 0, roundingUnit: 0.1 }).amount).toBe(0.3);
    expect(csaCall(1.1 + 2.2, 0, { threshold: 0, minimumTransferAmount: 0, roundingUnit: 1.1 }).amount).toBe(3.3);
    expect(csaCall(0, 90, { threshold: 0, minimumTransferAmount: 0, roundingUnit: 100 })).toEqual({ action: 'none', amount: 0, difference: -90 });
  });

  it('covers the exposure, and never returns more than is held', () => {
    const cents = fc.integer({ min: 0, max: 1e9 }).map((value) => value / 100);
    fc.assert(fc.property(cents, cents, fc.integer({ min: 1, max: 1e6 }), (exposure, held, unit) => {
      const { action, amount, difference } = csaCall(exposure, held, { threshold: 0, minimumTransferAmount: 0, roundingUnit: unit });
      if (action === 'call') expect(amount - difference).toBeGreaterThanOrEqual(0);
      if (action === 'return') expect(amount).toBeLessThanOrEqual(held);
      expect(amount % unit).toBe(0);
    }));
  });

  it('refuses impossible terms', () => {
    expect(() => csaCall(NaN, 0, terms)).toThrow('exposure');
    expect(() => csaCall(0, -1, terms)).toThrow('collateralHeld');
    expect(() => csaCall(0, 0, { ...terms, roundingUnit: 0 })).toThrow('roundingUnit');
  });
});

describe('utilisation of margin', () => {
  it('has levels at 80, 90 and 100 %', () => {
    expect([79, 80, 89.9, 90, 100, 100.1].map((requirement) => marginUtilisation(requirement, 100).level)).toEqual(['normal', 'warning', 'warning', 'critical', 'critical', 'call']);
    expect(marginUtilisation(0, 0)).toEqual({ utilisation: 0, level: 'normal' });
    expect(marginUtilisation(5, 0)).toEqual({ utilisation: undefined, level: 'call', reason: 'there is no equity' });
    expect(() => marginUtilisation(-1, 1)).toThrow('requirement');
    expect(() => marginUtilisation(1, 1, { warning: 0.9, critical: 0.8 })).toThrow('bounds');
  });
});

describe('time to a call', () => {
  const account: CallDynamics = { equity: 100, requirement: 85, equityVariance: 4, requirementVariance: 1, covariance: -1.2, equityDrift: -0.02, requirementDrift: 0.01 };

  it('by simulation is that of the barrier formula', () => {
    let largest = 0;
    for (const [i, dynamics] of [account, { ...account, requirement: 95 }, { ...account, equityDrift: -0.5 }, { ...account, covariance: 1.9 }].entries()) {
      const found = simulateTimeToCall(dynamics, new SeededRandom(11 + i));
      largest = Math.max(largest, Math.abs(found.probability - callProbability(dynamics)) / Math.max(found.standardError, 1e-3));
      expect(found.alert).toBe(found.probability >= 0.5);
      expect(found.medianMinutes).toBeGreaterThan(0);
    }
    recordAccuracy({ reference: 'reflection principle', quantity: 'probability of a call, in standard errors of 10,000 paths', values: 4, largestDeviation: largest, tolerance: 4, kind: 'absolute' });
    expect(largest).toBeLessThan(4);
  });

  it('repeats with its seed', () => {
    expect(simulateTimeToCall(account, new SeededRandom(5), 60, 500)).toEqual(simulateTimeToCall(account, new SeededRandom(5), 60, 500));
  });

  it('is now where the call has come, and never without risk', () => {
    expect(simulateTimeToCall({ ...account, requirement: 100 }, new SeededRandom(1))).toMatchObject({ probability: 1, medianMinutes: 0, alert: true });
    expect(callProbability({ ...account, requirement: 101 })).toBe(1);
    const still = { equity: 100, requirement: 50, equityVariance: 0, requirementVariance: 0, covariance: 0 };
    expect(simulateTimeToCall(still, new SeededRandom(1), 60, 100)).toMatchObject({ probability: 0, medianMinutes: undefined, alert: false });
    expect(callProbability(still)).toBe(0);
    expect(simulateTimeToCall({ ...still, equityDrift: -1 }, new SeededRandom(1), 60, 10)).toMatchObject({ probability: 1, medianMinutes: 50 });
  });

  it('grows with the horizon and with the requirement', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 99, noNaN: true }), fc.double({ min: 1, max: 100, noNaN: true }), (requirement, minutes) => {
      const now = callProbability({ ...account, requirement }, minutes);
      expect(callProbability({ ...account, requirement }, 2 * minutes)).toBeGreaterThanOrEqual(now - 1e-12);
      expect(callProbability({ ...account, requirement: requirement + 0.5 }, minutes)).toBeGreaterThanOrEqual(now - 1e-12);
    }));
  });

  it('takes its covariance from the book', () => {
    const covariance = symmetricFromRows([[0.0001, 0.00002], [0.00002, 0.0004]]);
    const found = bookDynamics(100, 50, Float64Array.of(1_000, -500), Float64Array.of(150, 75), covariance);
    expect(found.equityVariance).toBeCloseTo(100 + 100 - 20, 10);
    expect(found.requirementVariance).toBeCloseTo(2.25 + 2.25 + 0.45, 10);
    expect(found.covariance).toBeCloseTo(15 - 15 + 0.00002 * (1_000 * 75 - 500 * 150), 10);
    expect(() => bookDynamics(1, 1, Float64Array.of(1), Float64Array.of(1, 2), covariance)).toThrow('values');
    expect(() => simulateTimeToCall({ ...account, covariance: 5 }, new SeededRandom(1))).toThrow('covariance');
    expect(() => simulateTimeToCall(account, new SeededRandom(1), 0)).toThrow('horizonMinutes');
    expect(() => callProbability({ ...account, equity: NaN })).toThrow('equity');
  });
});
