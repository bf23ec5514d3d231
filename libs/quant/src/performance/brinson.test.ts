import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import { compounded, linkEffects, type LinkingMethod } from './attribution-linking.ts';
import { brinsonEffects, driftingReturns, sum, type BrinsonPeriod, type InteractionRule } from './brinson.ts';
import { brinsonAttribution, daviesLakerAttribution, geometricAttribution } from './brinson-attribution.ts';
import { annualised } from './return-index.ts';

interface Table {
  readonly cols: readonly string[];
  readonly rows: readonly string[];
  readonly values: readonly (readonly number[])[];
}

describeWithSharedData('PortfolioAttribution', () => {
  const table = (file: string): number[][] => readFileSync(sharedData(`portfolioattribution/${file}`), 'utf8').trim().split(/\r?\n/).slice(1).map((line) => line.split(',').slice(1).map(Number));

  it.each([
    ['brinson_none_nolink', 'separate', false],
    ['brinson_none_carino', 'separate', true],
    ['brinson_topdown_carino', 'top_down', true],
  ] as const)('%s within 1e-10', (name, interaction, linked) => {
    const [wp = [], wb = []] = table('weights.csv');
    const [rp, rb] = [table('Rp.csv'), table('Rb.csv')];
    const [p, b] = [driftingReturns(wp, rp), driftingReturns(wb, rb)];
    const golden = JSON.parse(readFileSync(sharedData(`portfolioattribution/${name}.json`), 'utf8')) as Record<string, Table>;
    let [values, largest] = [0, 0];
    const compare = (got: readonly number[], expected: readonly number[], where: string): void => {
      expect([where, got.length]).toEqual([where, expected.length]);
      expected.forEach((x, i) => {
        const deviation = Math.abs((got[i] ?? NaN) - x);
        expect([where, i, deviation < 1e-10]).toEqual([where, i, true]);
        values += 1;
        largest = Math.max(largest, deviation);
      });
    };
    const excess = golden['Excess returns']!.values.map(([x]) => x!);
    const annual = (returns: Float64Array): number => annualised(1 + compounded(returns), returns.length, 4) as number;
    compare([...p.map((own, t) => own - b[t]!), annual(p) - annual(b)], excess, 'excess');
    const periods = rp.map((row, t) => brinsonEffects({ portfolioWeights: wp, benchmarkWeights: wb, portfolioReturns: row, benchmarkReturns: rb[t]! }, { model: 'bhb', interaction }));
    for (const effect of ['allocation', 'selection', 'interaction'] as const) {
      const expected = golden[effect[0]!.toUpperCase() + effect.slice(1)];
      expect([effect, expected === undefined]).toEqual([effect, effect === 'interaction' && interaction === 'top_down']);
      if (expected === undefined) continue;
      const rows = periods.map((effects) => effects[effect]);
      if (linked) rows.push(linkEffects(rows, p, b, 'carino'));
      expect(rows).toHaveLength(expected.values.length);
      rows.forEach((row, t) => compare([...row, sum(row)], expected.values[t]!, `${effect} ${t}`));
    }
    recordAccuracy({ reference: 'PortfolioAttribution', quantity: name, values, largestDeviation: largest, tolerance: 1e-10, kind: 'absolute' });
  });
});

const groups = 4;
const weights = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: groups, maxLength: groups }).map((raw) => raw.map((w) => w / sum(raw)));
const returns = fc.array(fc.double({ min: -0.4, max: 0.4, noNaN: true }), { minLength: groups, maxLength: groups });
const total = fc.option(fc.double({ min: -0.4, max: 0.4, noNaN: true }), { nil: undefined });
const period: fc.Arbitrary<BrinsonPeriod> = fc
  .record({ portfolioWeights: weights, benchmarkWeights: weights, portfolioReturns: returns, benchmarkReturns: returns, portfolioReturn: total })
  .map(({ portfolioReturn, ...rest }) => (portfolioReturn === undefined ? rest : { ...rest, portfolioReturn }));
const several = fc.array(period, { minLength: 1, maxLength: 12 });
const METHODS: readonly LinkingMethod[] = ['carino', 'menchero', 'grap', 'frongello'];

describe('every linking', () => {
  it.each(METHODS)('%s adds up to P − B, with any model and rule', (linking) => {
    fc.assert(
      fc.property(several, fc.constantFrom('bhb' as const, 'brinson_fachler' as const), fc.constantFrom<InteractionRule>('separate', 'top_down', 'bottom_up'), (periods, model, interaction) => {
        const result = brinsonAttribution(periods, { linking, model, interaction });
        const parts = sum(result.allocation) + sum(result.selection) + sum(result.interaction) + result.trading;
        expect(Math.abs(parts - (result.portfolioReturn - result.benchmarkReturn))).toBeLessThan(1e-10);
        for (const single of result.periods) {
          expect(sum(single.allocation) + sum(single.selection) + sum(single.interaction) + single.trading).toBeCloseTo(single.portfolioReturn - single.benchmarkReturn, 12);
        }
      }),
    );
  });

  it('Davies and Laker add up, geometric effects multiply', () => {
    fc.assert(
      fc.property(several, (periods) => {
        const laker = daviesLakerAttribution(periods);
        expect(laker.allocation + laker.selection + laker.interaction + laker.trading).toBeCloseTo(laker.portfolioReturn - laker.benchmarkReturn, 10);
        const geometric = geometricAttribution(periods);
        expect((1 + geometric.allocation) * (1 + geometric.selection) * (1 + geometric.trading) - 1).toBeCloseTo(geometric.excessReturn, 10);
        expect((1 + geometric.portfolioReturn) / (1 + geometric.benchmarkReturn) - 1).toBeCloseTo(geometric.excessReturn, 10);
        const products = geometric.periods.reduce((product, effects) => product * (1 + sum(effects.allocation)), 1);
        expect(products - 1).toBeCloseTo(geometric.allocation, 10);
        expect(geometric.periods.reduce((product, effects) => product * (1 + sum(effects.selection)), 1) - 1).toBeCloseTo(geometric.selection, 10);
      }),
    );
  });

  it('of one period leaves the effects as they are', () => {
    fc.assert(
      fc.property(period, fc.constantFrom(...METHODS), (single, linking) => {
        const linked = brinsonAttribution([single], { linking });
        linked.selection.forEach((x, g) => expect(x).toBeCloseTo(linked.periods[0]!.selection[g]!, 12));
      }),
    );
  });

  it('GRAP and Frongello have equal totals', () => {
    fc.assert(
      fc.property(several, (periods) => {
        const [grap, frongello] = [brinsonAttribution(periods, { linking: 'grap' }), brinsonAttribution(periods, { linking: 'frongello' })];
        grap.selection.forEach((x, g) => expect(x).toBeCloseTo(frongello.selection[g]!, 10));
      }),
    );
  });

  it.each(METHODS)('%s takes equal portfolio and benchmark', (linking) => {
    const same: BrinsonPeriod = { portfolioWeights: [0.4, 0.6], benchmarkWeights: [0.4, 0.6], portfolioReturns: [0.1, -0.1], benchmarkReturns: [0.1, -0.1] };
    const result = brinsonAttribution([same, same], { linking });
    for (const x of [...result.allocation, ...result.selection, ...result.interaction, result.trading]) expect(x).toBeCloseTo(0, 15);
  });
});

describe('bad input', () => {
  const good: BrinsonPeriod = { portfolioWeights: [0.5, 0.5], benchmarkWeights: [0.4, 0.6], portfolioReturns: [0.1, 0], benchmarkReturns: [0, 0] };
  it.each([
    ['weights of another sum', { ...good, portfolioWeights: [0.5, 0.6] }],
    ['another length', { ...good, benchmarkReturns: [0] }],
    ['a missing value', { ...good, benchmarkReturns: [0, NaN] }],
    ['a missing total', { ...good, portfolioReturn: NaN }],
  ])('%s', (_, period) => {
    expect(() => brinsonAttribution([period])).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  });
  it('a total loss has no logarithm, but can be linked by GRAP', () => {
    const lost = { ...good, portfolioReturns: [-1, -1] };
    expect(() => brinsonAttribution([good, lost])).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
    const grap = brinsonAttribution([good, lost], { linking: 'grap' });
    expect(sum(grap.allocation) + sum(grap.selection) + sum(grap.interaction)).toBeCloseTo(grap.portfolioReturn - grap.benchmarkReturn, 12);
  });
  it('no periods, or other groups than before', () => {
    expect(() => brinsonAttribution([])).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
    const other: BrinsonPeriod = { portfolioWeights: [1], benchmarkWeights: [1], portfolioReturns: [0], benchmarkReturns: [0] };
    expect(() => brinsonAttribution([good, other])).toThrow(expect.objectContaining({ kind: 'invalid_input' }));
  });
});
