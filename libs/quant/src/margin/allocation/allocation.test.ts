import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { recordAccuracy } from '@nautilus/testkit';
import { linearProgrammingSolver, type LinearProgrammingSolver } from '../../portfolio/linear-programming/solve-linear-program.ts';
import { SeededRandom } from '../../random/index.ts';
import { leastCostByLots, leastCostByVertices } from './fixtures/brute-force.ts';
import { allocateCollateral, collateralSubstitutions, type CollateralAllocation } from './allocate-collateral.ts';
import type { CollateralAsset, CollateralObligation } from './collateral-terms.ts';

const asset = (id: string, fundingCost: number, extra: Partial<CollateralAsset> = {}): CollateralAsset => ({ id, type: 'bond', currency: 'USD', quantity: 1_000, price: 100, haircut: 0.02, fundingCost, groups: [`issuer:${id}`], ...extra });
const obligation = (id: string, call: number, extra: Partial<CollateralObligation> = {}): CollateralObligation => ({ id, counterparty: `bank ${id}`, currency: 'USD', call, ...extra });

let solver: LinearProgrammingSolver;
beforeAll(async () => {
  solver = await linearProgrammingSolver();
});

/** Cost − Σ call·price + Σ stock·price + Σ limit·price: zero at the optimum of a program without lots. */
function dualityGap({ cost, shadowPrices }: CollateralAllocation, assets: readonly CollateralAsset[], obligations: readonly CollateralObligation[]): number {
  let dual = 0;
  for (const { id, call, concentrationLimits = [] } of obligations) {
    dual += call * (shadowPrices.calls[id] ?? 0);
    for (const { group, limit } of concentrationLimits) dual -= limit * call * (shadowPrices.concentrations.find((found) => found.obligation === id && found.group === group)?.price ?? 0);
  }
  for (const { id, quantity, price } of assets) dual -= quantity * price! * (shadowPrices.stock[id] ?? 0);
  return Math.abs(cost - dual) / Math.max(1, Math.abs(cost));
}

describe('allocation of collateral', () => {
  it('takes the cheapest first, after haircuts', () => {
    const found = allocateCollateral(solver, [asset('cheap', 0.001, { quantity: 500 }), asset('dear', 0.004)], [obligation('A', 98_000)]);
    expect(found.status).toBe('optimal');
    expect(found.pledges.map(({ asset: id, quantity }) => [id, Math.round(quantity * 1e6) / 1e6])).toEqual([['cheap', 500], ['dear', 500]]);
    expect(found.cost).toBeCloseTo(50_000 * 0.001 + 50_000 * 0.004, 6);
    expect(found.shadowPrices.calls['A']).toBeCloseTo(0.004 / 0.98, 10);
    expect(found.shadowPrices.stock['cheap']).toBeCloseTo(0.003, 10);
    expect(found.shadowPrices.of).toBe('program');
  });

  it('adds 8 % for another currency, knows eligibility and never pledges the wrong way', () => {
    const [euro, own, gold] = [asset('euro', 0.001, { currency: 'EUR' }), asset('own', 0, { issuer: 'bank A' }), asset('gold', 0, { type: 'gold' })];
    const found = allocateCollateral(solver, [euro, own, gold], [obligation('A', 45_000, { eligibleTypes: ['bond'] })]);
    expect(found.pledges).toEqual([expect.objectContaining({ asset: 'euro', haircut: 0.1, marketValue: expect.closeTo(50_000, 6), collateralValue: expect.closeTo(45_000, 6) })]);
    expect(allocateCollateral(solver, [euro], [obligation('A', 45_000, { haircuts: { bond: 0.2 } })], { mismatchHaircut: 0.05 }).pledges[0]!.haircut).toBeCloseTo(0.25, 12);
  });

  it('limits concentration by group', () => {
    const found = allocateCollateral(solver, [asset('cheap', 0.001), asset('dear', 0.004)], [obligation('A', 50_000, { concentrationLimits: [{ group: 'issuer:cheap', limit: 0.4 }] })]);
    expect(found.pledges.map(({ collateralValue }) => Math.round(collateralValue))).toEqual([20_000, 30_000]);
    expect(found.shadowPrices.concentrations).toEqual([{ obligation: 'A', group: 'issuer:cheap', price: expect.closeTo(0.003 / 0.98, 10) }]);
  });

  it('counts lots as whole numbers', () => {
    const found = allocateCollateral(solver, [asset('bulky', 0.001, { lot: 300 }), asset('fine', 0.0012, { lot: 10, quantity: 2_000 })], [obligation('A', 49_000)]);
    expect(found.pledges.map(({ asset: id, quantity }) => [id, quantity])).toEqual([['bulky', 300], ['fine', 200]]);
    expect(found.bestBound).toBeCloseTo(found.cost, 7);
    expect(found.shadowPrices.of).toBe('relaxation');
  });

  it('with lots rounded meets all calls within the bound it states', () => {
    const random = new SeededRandom(3);
    const assets = Array.from({ length: 60 }, (_, i) => asset(`a${i}`, 0.01 * random.uniform(), { quantity: 5_000, lot: 100, haircut: 0.2 * random.uniform(), groups: [`g${i % 5}`], issuer: `bank o${i}` }));
    const obligations = Array.from({ length: 20 }, (_, j) => obligation(`o${j}`, 4e5 + 1e6 * random.uniform(), { concentrationLimits: [0, 1, 2, 3, 4].map((g) => ({ group: `g${g}`, limit: 0.4 })) }));
    const found = allocateCollateral(solver, assets, obligations, { lots: 'rounded' });
    expect(found.status).toBe('limited');
    expect(found.cost / found.bestBound).toBeLessThan(1.05);
    expect(found.shortfalls).toEqual({});
    expect(found.bestBound).toBeLessThanOrEqual(found.cost * (1 + 1e-9));
    expect(found.cost).toBeCloseTo(found.pledges.reduce((sum, { cost }) => sum + cost, 0), 6);
    for (const { id, call, counterparty } of obligations) {
      const delivered = found.pledges.filter((pledge) => pledge.obligation === id);
      expect(delivered.reduce((sum, { collateralValue }) => sum + collateralValue, 0)).toBeGreaterThanOrEqual(call * (1 - 1e-9));
      expect(delivered.filter((pledge) => `bank ${pledge.asset.replace('a', 'o')}` === counterparty)).toEqual([]);
      for (let g = 0; g < 5; g++) expect(delivered.filter((pledge) => Number(pledge.asset.slice(1)) % 5 === g).reduce((sum, { collateralValue }) => sum + collateralValue, 0)).toBeLessThanOrEqual(0.4 * call * (1 + 1e-9));
    }
    for (const { id, quantity } of assets) {
      const taken = found.pledges.filter((pledge) => pledge.asset === id);
      expect(taken.every((pledge) => Number.isInteger(pledge.quantity / 100))).toBe(true);
      expect(taken.reduce((sum, pledge) => sum + pledge.quantity, 0)).toBeLessThanOrEqual(quantity);
    }
  });

  it('that cannot meet all calls leaves the smallest shortfall, by obligation', () => {
    const found = allocateCollateral(solver, [asset('only', 0.001)], [obligation('A', 60_000), obligation('B', 70_000, { haircuts: { bond: 0.5 } })]);
    expect(found.status).toBe('shortfall');
    // A in full takes 61,224.49 of 100,000; the rest gives half to B.
    expect(Object.keys(found.shortfalls)).toEqual(['B']);
    expect(found.shortfalls['B']).toBeCloseTo(70_000 - (100_000 - 60_000 / 0.98) / 2, 4);
    expect(allocateCollateral(solver, [], [obligation('A', 5)])).toMatchObject({ status: 'shortfall', shortfalls: { A: 5 }, pledges: [], cost: 0 });
    expect(allocateCollateral(solver, [asset('x', 1)], [])).toMatchObject({ status: 'optimal', cost: 0, pledges: [], shortfalls: {} });
    expect(allocateCollateral(solver, [asset('x', 1)], [obligation('A', 0)])).toMatchObject({ status: 'optimal', cost: 0 });
  });

  it('refuses what is missing by name', () => {
    expect(() => allocateCollateral(solver, [asset('x', 1, { price: undefined })], [])).toThrow('assets.x.price');
    expect(() => allocateCollateral(solver, [asset('x', 1, { haircut: 1.2 })], [obligation('A', NaN)])).toThrow(/assets\.x\.haircut.*obligations\.A\.call/u);
    expect(() => allocateCollateral(solver, [asset('x', 1), asset('x', 1)], [])).toThrow('appears twice');
  });

  it('suggests substitutions, pledges before returns', () => {
    const found = allocateCollateral(solver, [asset('cheap', 0.001), asset('dear', 0.004)], [obligation('A', 49_000)]);
    expect(collateralSubstitutions([{ asset: 'dear', obligation: 'A', quantity: 500 }], found.pledges)).toEqual([
      { asset: 'cheap', obligation: 'A', quantity: expect.closeTo(500, 6) }, { asset: 'dear', obligation: 'A', quantity: -500 },
    ]);
    expect(collateralSubstitutions(found.pledges, found.pledges)).toEqual([]);
  });
});

const assetsOf = (count: number, lots: boolean) => fc.array(fc.record({ fundingCost: fc.integer({ min: 1, max: 60 }), haircut: fc.integer({ min: 0, max: 30 }), quantity: fc.integer({ min: 10, max: 60 }), lot: fc.integer({ min: 10, max: 20 }) }), { minLength: count, maxLength: count })
  .map((rows) => rows.map(({ fundingCost, haircut, quantity, lot }, i) => asset(`s${i}`, fundingCost / 1e4, { haircut: haircut / 100, quantity, ...(lots ? { lot } : {}) })));
const calls = fc.array(fc.integer({ min: 500, max: 4_000 }), { minLength: 2, maxLength: 2 });

describe('allocation against every other answer', () => {
  it('is the best vertex, with no duality gap', () => {
    let [largest, gap, values] = [0, 0, 0];
    fc.assert(fc.property(assetsOf(2, false), calls, fc.integer({ min: 30, max: 100 }), (assets, [a, b], limit) => {
      const obligations = [obligation('A', a!, { concentrationLimits: [{ group: 'issuer:s0', limit: limit / 100 }] }), obligation('B', b!)];
      const found = allocateCollateral(solver, assets, obligations);
      const expected = leastCostByVertices(assets, obligations);
      expect(found.status === 'optimal').toBe(expected !== undefined);
      if (expected === undefined) return;
      largest = Math.max(largest, Math.abs(found.cost - expected) / Math.max(1, expected));
      gap = Math.max(gap, dualityGap(found, assets, obligations));
      values++;
    }), { numRuns: 60 });
    recordAccuracy({ reference: 'all vertices', quantity: 'least cost of collateral', values, largestDeviation: largest, tolerance: 1e-7, kind: 'relative' });
    recordAccuracy({ reference: 'duality', quantity: 'gap of the allocation', values, largestDeviation: gap, tolerance: 1e-7, kind: 'relative' });
    expect(values).toBeGreaterThan(10);
    expect(Math.max(largest, gap)).toBeLessThan(1e-7);
  });

  it('with lots is the best of all combinations', () => {
    let [largest, values] = [0, 0];
    fc.assert(fc.property(assetsOf(3, true), calls, (assets, [a, b]) => {
      const obligations = [obligation('A', a!), obligation('B', b!)];
      const found = allocateCollateral(solver, assets, obligations);
      const expected = leastCostByLots(assets, obligations);
      expect(found.status === 'optimal').toBe(expected !== undefined);
      if (expected === undefined) return;
      largest = Math.max(largest, Math.abs(found.cost - expected) / Math.max(1, expected));
      values++;
    }), { numRuns: 40 });
    recordAccuracy({ reference: 'all combinations of lots', quantity: 'least cost of collateral', values, largestDeviation: largest, tolerance: 1e-7, kind: 'relative' });
    expect(values).toBeGreaterThan(5);
    expect(largest).toBeLessThan(1e-7);
  });

  it('does not depend on the order and scales with the size', () => {
    fc.assert(fc.property(assetsOf(4, false), calls, fc.integer({ min: 2, max: 1_000 }), (assets, [a, b], factor) => {
      const obligations = [obligation('A', a!), obligation('B', b!)];
      const found = allocateCollateral(solver, assets, obligations);
      const turned = allocateCollateral(solver, assets.toReversed(), obligations.toReversed());
      const larger = allocateCollateral(solver, assets.map((one) => ({ ...one, quantity: factor * one.quantity })), obligations.map((one) => ({ ...one, call: factor * one.call })));
      const missing = ({ shortfalls }: CollateralAllocation): number => Object.values(shortfalls).reduce((sum, value) => sum + value, 0);
      expect(Math.abs(turned.cost - found.cost)).toBeLessThan(1e-7 * Math.max(1, found.cost));
      expect(Math.abs(missing(turned) - missing(found))).toBeLessThan(1e-5);
      expect(Math.abs(larger.cost / factor - found.cost)).toBeLessThan(1e-7 * Math.max(1, found.cost));
    }), { numRuns: 25 });
  });
});
