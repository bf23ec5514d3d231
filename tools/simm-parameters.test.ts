import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { SIMM_2_5 } from '../libs/quant/src/margin/simm/simm-2-5.ts';
import { SIMM_RISK_CLASSES, SIMM_TENORS } from '../libs/quant/src/margin/simm/simm-parameters.ts';
import { elementAt, elementsAt, readElement, type Element } from './simm/element.ts';
import { parameterModule } from './simm/parameter-module.ts';
import { readCalibration } from './simm/read-calibration.ts';

const TOOL = fileURLToPath(new URL('simm-parameters.ts', import.meta.url));
const COMMITTED = fileURLToPath(new URL('../libs/quant/src/margin/simm/simm-2-5.ts', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nautilus-simm-'));
});
afterAll(() => rm(folder, { recursive: true }));

function call(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [TOOL, ...args], { cwd: folder, env: { ...process.env, NODE_OPTIONS: '' } }, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }));
  });
}

describe('the writer of SIMM parameters', () => {
  it('explains itself', async () => {
    const { code, out } = await call('--help');
    expect(code).toBe(0);
    for (const word of ['FILE.xml', '--out', '--name']) expect(out).toContain(word);
  });

  it('refuses a bad call and a bad file', async () => {
    expect(await call()).toMatchObject({ code: 2, err: expect.stringContaining('--help') });
    expect(await call('--colour', 'red')).toMatchObject({ code: 2 });
    expect(await call('absent.xml')).toMatchObject({ code: 1, err: expect.stringContaining('absent.xml') });
    await writeFile(join(folder, 'empty.xml'), '<SIMMCalibrationData></SIMMCalibrationData>');
    expect(await call('empty.xml')).toMatchObject({ code: 1, err: '0 elements SIMMCalibrationData/SIMMCalibration, expected 1\n' });
  });
});

describe('readElement', () => {
  it('reads elements, attributes and text', () => {
    const root = readElement('<?xml version="1.0"?>\n<!-- note --><a><b c="1" d="x y">2.5</b>\n<b/></a>\n');
    expect(elementsAt(root, 'b')).toEqual([{ name: 'b', attributes: { c: '1', d: 'x y' }, children: [], text: '2.5' }, { name: 'b', attributes: {}, children: [], text: '' }]);
  });

  it.each([['', 'not one complete element'], ['<a><b></a></b>', 'closes nothing'], ['<a>', 'not one complete element'], ['</a>', 'closes nothing'], ['<a></a><b></b>', 'not one complete element'], ['<a>&amp;</a>', 'cannot read'], ['<a b=c></a>', 'cannot read']])('refuses %j', (xml, message) => {
    expect(() => readElement(xml)).toThrow(message);
  });
});

describeWithSharedData('the committed parameters of SIMM 2.5', () => {
  const xml = (): string => gunzipSync(readFileSync(sharedData('simm/simmcalibration_2.5.xml.gz'))).toString('utf8');

  it('are what the tool writes from the calibration file', async () => {
    expect(readCalibration(xml())).toEqual(SIMM_2_5);
    expect(parameterModule(readCalibration(xml()), 'SIMM_2_5', 'simmcalibration_2.5.xml.gz')).toBe(readFileSync(COMMITTED, 'utf8'));
    expect(await call(sharedData('simm/simmcalibration_2.5.xml.gz'), '--out', 'written.ts')).toMatchObject({ code: 0, err: '' });
    expect(await readFile(join(folder, 'written.ts'), 'utf8')).toBe(readFileSync(COMMITTED, 'utf8'));
  });

  /** The reader is not asked here: each number of the file is looked up at the place where it belongs. */
  it('hold every number of the file that is not of the one-day horizon', () => {
    const calibration = elementAt(readElement(xml()), 'SIMMCalibration');
    const compared = new Set<Element>();
    const compare = (path: string, valueOf: (bucket: string, label1: string, label2: string) => number | undefined, buckets: readonly string[] = ['']): void => {
      for (const element of leaves(elementsAt(calibration, path).filter(({ attributes }) => attributes['mporDays'] !== '1'))) {
        const { bucket, label1 = '', label2 = '' } = element.attributes;
        for (const one of bucket === undefined ? buckets : [bucket]) expect([path, one, label1, label2, valueOf(one, label1, label2)]).toEqual([path, one, label1, label2, Number(element.text)]);
        compared.add(element);
      }
    };
    const { InterestRate, FX } = SIMM_2_5;
    const tenor = (label: string): number => SIMM_TENORS.findIndex((known) => known === label);
    const riskClass = (label: string): number => SIMM_RISK_CLASSES.findIndex((known) => known === label);
    compare('RiskClassCorrelations', (_, row, column) => SIMM_2_5.riskClassCorrelations[riskClass(row)]?.[riskClass(column)]);
    compare('InterestRate/RiskWeights/Delta', (bucket, label) => InterestRate.deltaWeights[bucket]?.[tenor(label)]);
    compare('InterestRate/RiskWeights/Vega', () => InterestRate.vegaWeight);
    compare('InterestRate/RiskWeights/Inflation', () => InterestRate.inflationWeight);
    compare('InterestRate/RiskWeights/XCcyBasis', () => InterestRate.basisWeight);
    compare('InterestRate/Correlations/IntraBucket', (_, row, column) => InterestRate.tenorCorrelations[tenor(row)]?.[tenor(column)]);
    compare('InterestRate/Correlations/SubCurves', () => InterestRate.subCurveCorrelation);
    compare('InterestRate/Correlations/Inflation', () => InterestRate.inflationCorrelation);
    compare('InterestRate/Correlations/XCcyBasis', () => InterestRate.basisCorrelation);
    compare('InterestRate/Correlations/Outer', () => InterestRate.currencyCorrelation);
    compare('FX/RiskWeights/Delta', (_, first, second) => FX.deltaWeights[first]?.[second]);
    compare('FX/RiskWeights/Vega', () => FX.vegaWeight);
    compare('FX/Correlations/IntraBucket', (bucket, first, second) => FX.correlations[bucket]?.[first]?.[second]);
    compare('FX/Correlations/Volatility', () => FX.pairCorrelation);
    for (const name of ['InterestRate', 'FX', 'Equity', 'Commodity'] as const) compare(`${name}/RiskWeights/HistoricalVolatilityRatio`, () => SIMM_2_5[name].historicalVolatilityRatio);
    for (const name of ['CreditQualifying', 'CreditNonQualifying', 'Equity', 'Commodity'] as const) {
      const { buckets, bucketCorrelations, deltaWeights, vegaWeights } = SIMM_2_5[name];
      compare(`${name}/RiskWeights/Delta`, (bucket) => deltaWeights[bucket]);
      compare(`${name}/RiskWeights/Vega`, (bucket) => vegaWeights[bucket], Object.keys(deltaWeights));
      compare(`${name}/Correlations/InterBucket`, (_, row, column) => bucketCorrelations[buckets.indexOf(row)]?.[buckets.indexOf(column)]);
    }
    for (const name of ['Equity', 'Commodity'] as const) compare(`${name}/Correlations/IntraBucket`, (bucket) => SIMM_2_5[name].nameCorrelations[bucket]);
    for (const name of ['CreditQualifying', 'CreditNonQualifying'] as const) {
      const { sameCorrelation, otherCorrelation, residualCorrelation } = SIMM_2_5[name];
      compare(`${name}/Correlations/IntraBucket`, (_, kind, relation) => (kind === 'residual' ? residualCorrelation : relation === 'same' ? sameCorrelation : otherCorrelation));
    }
    compare('CreditQualifying/RiskWeights/BaseCorrelation', () => SIMM_2_5.CreditQualifying.baseCorrelationWeight);
    compare('CreditQualifying/Correlations/BaseCorrelation', () => SIMM_2_5.CreditQualifying.baseCorrelationCorrelation);
    for (const name of SIMM_RISK_CLASSES)
      for (const measure of ['Delta', 'Vega'] as const) {
        const table = SIMM_2_5[name].thresholds[measure === 'Delta' ? 'delta' : 'vega'];
        compare(`${name}/ConcentrationThresholds/${measure}`, (bucket) => table[bucket], Object.keys(table));
      }
    const left = leaves(SIMM_RISK_CLASSES.flatMap((name) => elementsAt(calibration, name))).filter((element) => !compared.has(element));
    expect(left.filter(({ name, text }) => name !== 'Currency' && text !== '')).toEqual([]);
    expect(compared.size).toBe(958);
  });

  it('hold the groups of currencies of the file', () => {
    const calibration = elementAt(readElement(xml()), 'SIMMCalibration');
    const groupsOf = (path: string): string[] => elementsAt(calibration, `${path}/CurrencyLists/Currency`).map(({ attributes, text }) => `${attributes['bucket']} ${text}`).sort();
    const listed = ({ groups, others }: (typeof SIMM_2_5)['FX']['volatility']): string[] => [...Object.entries(groups).flatMap(([group, currencies]) => currencies.map((currency) => `${group} ${currency}`)), `${others} Other`].sort();
    for (const name of ['InterestRate', 'FX'] as const) {
      expect(groupsOf(`${name}/RiskWeights`)).toEqual(listed(SIMM_2_5[name].volatility));
      expect(groupsOf(`${name}/ConcentrationThresholds`)).toEqual(listed(SIMM_2_5[name].concentration));
    }
  });
});

/** Elements without elements below them; what is of the one-day horizon is left out. */
function leaves(elements: readonly Element[]): Element[] {
  return elements.filter(({ attributes }) => attributes['mporDays'] !== '1').flatMap((element) => (element.children.length === 0 ? [element] : leaves(element.children)));
}
