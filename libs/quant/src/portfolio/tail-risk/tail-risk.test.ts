import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInputError } from '@nautilus/model';
import { describeWithSharedData } from '@nautilus/testkit';
import { assetPanel, completeRows, lastPeriods, returnsFromPrices, type AssetPanel } from '../asset-panel.ts';
import { meanHistoricalReturns } from '../expected-returns.ts';
import { deviation, golden, pricePanel } from '../fixtures/pypfopt.ts';
import { linearProgrammingSolver, type LinearProgrammingSolver } from '../linear-programming/solve-linear-program.ts';
import type { LinearRisk } from './linear-risk-terms.ts';
import { maximiseReturnUnderRisk, minimiseLinearRisk } from './linear-tail-risk.ts';
import { portfolioScenarioRisk, scenarioReturns } from './scenario-risk.ts';
import { minimiseSemivariance } from './semivariance.ts';

const LINEAR: readonly LinearRisk[] = ['worst realisation', 'mean absolute deviation', 'mean shortfall', 'CVaR', 'maximum drawdown', 'average drawdown', 'CDaR'];

let solver: LinearProgrammingSolver;
beforeAll(async () => void (solver = await linearProgrammingSolver()));

const panelOf = (rows: readonly (readonly number[])[]): AssetPanel => assetPanel(rows[0]!.map((_, i) => `asset ${i}`), Float64Array.from(rows.flat()));

describeWithSharedData('tail risk against PyPortfolioOpt', () => {
  const prices = pricePanel('pypfopt/stock_prices.csv');
  const returns = completeRows(returnsFromPrices(prices));
  const expectedReturns = meanHistoricalReturns(returnsFromPrices(prices));
  const { opt } = golden();

  it('minimum CVaR', () => {
    expect(returns.periods).toBe(895);
    const [, expected] = opt['min_cvar_beta0.95']!.perf_ret_cvar;
    const { risk, kkt } = minimiseLinearRisk(solver, { returns }, 'CVaR');
    expect(deviation('minimum CVaR: objective', [risk], [expected!], 1e-7, 'relative')).toBeLessThan(1e-7);
    expect(kkt.gap).toBeLessThan(1e-9);
  });

  it('minimum CDaR', () => {
    const [, expected] = opt['min_cdar_beta0.95']!.perf_ret_cdar;
    const { risk } = minimiseLinearRisk(solver, { returns: lastPeriods(returns, 750) }, 'CDaR');
    expect(deviation('minimum CDaR: objective', [risk], [expected!], 1e-7, 'relative')).toBeLessThan(1e-7);
  });

  it('minimum semivariance', () => {
    const [, expected] = opt['min_semivariance']!.perf;
    const { risk, kkt } = minimiseSemivariance({ returns });
    const yearly = risk * Math.sqrt(252);
    // The reference stopped 3.3e-8 above the optimum, 3.9e-7 of it.
    expect(deviation('minimum semivariance: semideviation a year', [yearly], [expected!], 1e-7)).toBeLessThan(1e-7);
    expect(yearly).toBeLessThan(expected!);
    expect(Math.max(kkt.stationarity, kkt.primal, kkt.gap)).toBeLessThan(1e-12);
  });

  it('frontiers rise with the return asked for, are convex, and meet from both sides', () => {
    const target = (share: number) => 0.18 + share * 0.1;
    const problem = (share: number) => ({ returns: lastPeriods(returns, 250), expectedReturns, minimumReturn: target(share) });
    for (const risks of [
      [0, 0.5, 1].map((share) => minimiseLinearRisk(solver, problem(share), 'CVaR').risk),
      [0, 0.5, 1].map((share) => minimiseLinearRisk(solver, problem(share), 'CDaR').risk),
      [0, 0.5, 1].map((share) => minimiseSemivariance(problem(share)).risk),
    ]) {
      expect(risks[1]).toBeGreaterThanOrEqual(risks[0]!);
      expect(risks[2]).toBeGreaterThanOrEqual(risks[1]!);
      expect(risks[1]! - (risks[0]! + risks[2]!) / 2).toBeLessThan(1e-12);
    }
    const { risk, expectedReturn } = minimiseLinearRisk(solver, problem(1), 'CVaR');
    const back = maximiseReturnUnderRisk(solver, { returns: lastPeriods(returns, 250), expectedReturns }, 'CVaR', risk);
    expect(back.expectedReturn).toBeCloseTo(expectedReturn!, 9);
  });
});

describe('portfolios of least tail risk', () => {
  const value = fc.double({ min: -0.1, max: 0.1, noNaN: true }).map((number) => Math.round(number * 1e6) / 1e6);
  const panels = fc.integer({ min: 2, max: 4 }).chain((n) => fc.array(fc.array(value, { minLength: n, maxLength: n }), { minLength: 3, maxLength: 25 }).map(panelOf));
  /** Weights in steps of a tenth. */
  const grid = (n: number): Float64Array[] => {
    const all: number[][] = [];
    const extend = (start: number[], left: number): void => {
      if (start.length === n - 1) return void all.push([...start, left]);
      for (let k = 0; k <= left; k++) extend([...start, k], left - k);
    };
    extend([], 10);
    return all.map((weights) => Float64Array.from(weights, (k) => k / 10));
  };

  it.each(LINEAR)('no grid of weights has less %s, and the program gives what the measure says', (measure) => {
    fc.assert(
      fc.property(panels, fc.constantFrom(0.5, 0.8, 0.95), (returns, confidence) => {
        const { weights, risk } = minimiseLinearRisk(solver, { returns }, measure, { confidence });
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 10);
        expect(weights.every((weight) => weight >= 0 && weight <= 1 + 1e-12)).toBe(true);
        for (const other of grid(weights.length)) expect(risk).toBeLessThan(portfolioScenarioRisk(measure, returns, other, { confidence }) + 1e-9);
        const reversed = panelOf(Array.from({ length: returns.periods }, (_, t) => Array.from(returns.values.slice(t * weights.length, (t + 1) * weights.length)).reverse()));
        expect(Math.abs(minimiseLinearRisk(solver, { returns: reversed }, measure, { confidence }).risk - risk)).toBeLessThan(1e-10);
      }),
      { numRuns: 12 },
    );
  });

  it('holds no weight beyond its bound by the rounding of the solver', () => {
    const returns = panelOf([[-0.09781, 0, 0], [0, 0, 0], [0, 0.000006, 0], [0, 0.099999, 0.099994]]);
    const { weights, kkt } = minimiseLinearRisk(solver, { returns }, 'mean absolute deviation', { confidence: 0.5 });
    expect(weights[1]).toBe(0);
    expect(kkt.primal).toBeLessThan(1e-10);
  });

  it('semideviation is least where only the periods that cannot be helped fall short', () => {
    const { risk, kkt } = minimiseSemivariance({ returns: panelOf([[0, 0, 0, 0], [-0.082267, 0.094065, 0, 0], [0, 0, 0, 0]]) }, { benchmark: 0.01 });
    expect(risk).toBeCloseTo(0.01 * Math.sqrt(2 / 3), 12);
    expect(Math.max(kkt.stationarity, kkt.primal, kkt.gap)).toBeLessThan(1e-9);
  });

  it('no grid of weights has less semideviation', () => {
    fc.assert(
      fc.property(panels, fc.constantFrom(0, 0.01, -0.01), (returns, benchmark) => {
        const { weights, risk, kkt } = minimiseSemivariance({ returns }, { benchmark });
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 8);
        expect(kkt.primal).toBeLessThan(1e-8);
        for (const other of grid(weights.length)) expect(risk).toBeLessThan(portfolioScenarioRisk('semideviation', returns, other, { benchmark }) + 1e-8);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps limits of groups, turnover and single weights', () => {
    const returns = panelOf([[0.01, -0.02, 0.03], [-0.03, 0.01, -0.02], [0.02, 0.02, -0.04], [-0.01, -0.03, 0.05]]);
    const linear = [{ name: 'first two', coefficients: [1, 1, 0], upper: 0.6 }];
    const free = minimiseLinearRisk(solver, { returns, constraints: { linear, upper: 0.5 } }, 'CVaR', { confidence: 0.5 });
    expect(free.weights[0]! + free.weights[1]!).toBeLessThanOrEqual(0.6 + 1e-10);
    expect(Math.max(...free.weights)).toBeLessThanOrEqual(0.5 + 1e-10);
    const holdings = [0.2, 0.2, 0.6];
    const near = minimiseLinearRisk(solver, { returns, holdings, constraints: { turnover: 0.1 } }, 'CVaR', { confidence: 0.5 });
    expect(near.weights.reduce((sum, weight, i) => sum + Math.abs(weight - holdings[i]!), 0)).toBeLessThanOrEqual(0.1 + 1e-10);
    expect(near.shadowPrices.find(({ constraint }) => constraint === 'turnover')!.price).toBeLessThan(0);
  });

  it('leaves nothing to fear where a riskless asset is', () => {
    const returns = panelOf([[0.01, 0.001], [-0.02, 0.001], [0.03, 0.001]]);
    expect(minimiseSemivariance({ returns }).risk).toBe(0);
    expect(minimiseLinearRisk(solver, { returns }, 'CVaR').risk).toBeCloseTo(-0.001, 12);
  });

  it('names what conflicts and refuses what is missing', () => {
    const returns = panelOf([[0.01, -0.02], [-0.03, 0.01], [0.02, 0.02]]);
    const conflict = { returns, expectedReturns: [0.1, 0.2], minimumReturn: 0.5 };
    expect(() => minimiseLinearRisk(solver, conflict, 'CVaR')).toThrow('minimum return');
    expect(() => minimiseSemivariance(conflict)).toThrow('minimum return');
    expect(() => minimiseLinearRisk(solver, { returns, minimumReturn: 0.1 }, 'CVaR')).toThrow(InvalidInputError);
    expect(() => minimiseLinearRisk(solver, { returns }, 'CVaR', { confidence: 1 })).toThrow('confidence');
    expect(() => minimiseLinearRisk(solver, { returns, constraints: { turnover: 0.1 } }, 'CVaR')).toThrow('holdings');
    expect(() => maximiseReturnUnderRisk(solver, { returns }, 'CVaR', 0.1)).toThrow('expectedReturns');
    expect(() => maximiseReturnUnderRisk(solver, { returns, expectedReturns: [0.1, 0.2] }, 'worst realisation', -0.5)).toThrow('most risk');
    expect(() => minimiseLinearRisk(solver, { returns: panelOf([[NaN, 0.1], [0.1, NaN], [0.1, 0.1]]) }, 'CVaR')).toThrow('1 of 3 periods');
    expect(() => scenarioReturns(returns, [1])).toThrow(InvalidInputError);
  });
});
