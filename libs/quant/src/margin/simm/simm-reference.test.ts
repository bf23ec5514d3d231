import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { describeWithSharedData, recordAccuracy, sharedData } from '@nautilus/testkit';
import type { SimmAddOns } from './simm-add-ons.ts';
import { simmMargin, type SimmPortfolio } from './simm-margin.ts';
import type { SimmProductClass, SimmRiskType, SimmSensitivity } from './simm-sensitivity.ts';

interface Input {
  readonly kind: 'Sensitivity' | 'ProductMultiplier' | 'Notional' | 'NotionalFactor' | 'FixedAmount';
  readonly args: readonly string[];
}

interface Case {
  readonly test: string;
  readonly element: string;
  readonly inputs: readonly string[];
  readonly expected: string;
}

/** Which inputs a case without a list means. */
const NAMED: Readonly<Record<string, RegExp>> = {
  'All jurisdiction independent IR sensitivities': /^S_IR_/,
  'All Rates & FX Sensitivities': /^S_(IR|FX)_/,
  'All Credit Qualifying (no multiplier)': /^S_CRQ_/,
  'All Credit Non Qualifying': /^S_CRNQ_/,
  'All Equity Sensitivities': /^S_EQ_/,
  'All Delta Sensitivities (no multiplier)': /^S_(IR|FX|CRQ|CRNQ|EQ|CM)_/,
  'All Interest Rate Vol Sensitivities': /^S_IRV_/,
  'All FX Vol Sensitivities': /^S_FXV_/,
  'All Credit Qualifying Vol Sensitivities': /^S_CRV_/,
  'All Credit Non Qualifying Vol Sensitivities': /^S_CNV_/,
  'All Vega Sensitivities (no multiplier)': /^S_(IRV|FXV|CRV|CNV|EQV|CMV)_/,
  'Combination (All w/Multiplier)': /^S_(?!AN_)/,
  'Combination (All)': /^S_/,
};

const SUBJECTS: Readonly<Record<string, string>> = {
  IR: 'rates', IRV: 'rates', FX: 'FX', FXV: 'FX', CRQ: 'qualifying credit', CRV: 'qualifying credit', CRNQ: 'non-qualifying credit', CNV: 'non-qualifying credit',
  EQ: 'equity', EQV: 'equity', CM: 'commodity', CMV: 'commodity', AN: 'add-ons', MUL: 'add-ons',
};

function portfolioOf(inputs: readonly Input[]): SimmPortfolio {
  const of = (kind: Input['kind']): (readonly string[])[] => inputs.filter((input) => input.kind === kind).map(({ args }) => args);
  const addOns: SimmAddOns = {
    notionalFactors: of('NotionalFactor').map(([product = '', percent]) => ({ product, percent: Number(percent) })),
    notionals: of('Notional').map((args) => ({ product: args[0]!, amountUsd: Number(args[3]) })),
    fixedAmountsUsd: of('FixedAmount').map((args) => Number(args[2])),
    multipliers: of('ProductMultiplier').map(([productClass, multiplier]) => ({ productClass: productClass as SimmProductClass, multiplier: Number(multiplier) })),
  };
  const sensitivities = of('Sensitivity').map((args): SimmSensitivity => ({
    productClass: args[0] as SimmProductClass, riskType: args[1] as SimmRiskType, qualifier: args[2]!,
    bucket: args[3]!, label1: args[4]!, label2: args[5]!, amountUsd: Number(args[8]),
  }));
  return { sensitivities, addOns };
}

function subjectOf(names: readonly string[]): string {
  const subjects = new Set(names.map((name) => SUBJECTS[name.split('_')[1]!]!));
  return subjects.size === 1 ? [...subjects][0]! : 'several risk classes';
}

describeWithSharedData('ISDA SIMM 2.5 against the cases of simm-lib', () => {
  it('meets all 241 ten-day cases to the dollar', () => {
    const inputs = (JSON.parse(readFileSync(sharedData('simm/simm25_sensitivities.json'), 'utf8')) as { sensitivities: Record<string, Input> }).sensitivities;
    const cases = JSON.parse(readFileSync(sharedData('simm/simm25_tenday_tests.json'), 'utf8')) as Case[];
    const bySubject = new Map<string, { values: number; largestDeviation: number }>();
    const missed: string[] = [];
    for (const { test, element, inputs: listed, expected } of cases) {
      const names = listed.length > 0 ? listed : Object.keys(inputs).filter((name) => NAMED[element]!.test(name));
      const { totalUsd } = simmMargin(portfolioOf(names.map((name) => inputs[name]!)));
      const deviation = Math.abs(totalUsd - Number(expected));
      if (!(deviation <= Math.max(1, 1e-9 * Number(expected)))) missed.push(`${test} ${element}: ${totalUsd}, not ${expected}`);
      const subject = subjectOf(names);
      const before = bySubject.get(subject) ?? { values: 0, largestDeviation: 0 };
      bySubject.set(subject, {
        values: before.values + 1,
        largestDeviation: Math.max(before.largestDeviation, deviation),
      });
    }
    for (const [subject, { values, largestDeviation }] of bySubject)
      recordAccuracy({ reference: 'simm-lib, SIMM 2.5', quantity: `Initial margin in USD: ${subject}`, values, largestDeviation, tolerance: 1, kind: 'absolute' });
    expect(missed).toEqual([]);
    expect(cases).toHaveLength(241);
    // The expected totals are rounded to dollars, so that half a dollar is all that may remain.
    expect(Math.max(...Array.from(bySubject.values(), ({ largestDeviation }) => largestDeviation))).toBeLessThanOrEqual(0.5 + 1e-4);
  });
});
