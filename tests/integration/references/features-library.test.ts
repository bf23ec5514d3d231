import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topics } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { describeWithSharedData, eventually, openTestStore, sharedData, startForTest, type TestEngine } from '@nautilus/testkit';
import type { Context } from '../../../services/features/src/context.ts';
import { features } from '../../../services/features/src/engine.ts';
import { parametersOf, SKENDER, SKENDER_LEFT_OUT, TALIB, TTR, TULIP, VALUE } from './feature-oracles.ts';
import { LIMIT_MS, referenceRows, referenceText } from './reference-data.ts';

/** Every value of every function of the reference programs, as the running engine answers it to posted bars. */

type Values = readonly (number | null)[];
interface Bars { readonly open: readonly number[]; readonly high: readonly number[]; readonly low: readonly number[]; readonly close: readonly number[]; readonly volume: readonly number[] }
interface Question {
  readonly feature: string;
  readonly parameters?: Readonly<Record<string, number>>;
  readonly part?: string;
  readonly convention?: string;
  readonly bars_per_year?: number;
}

const json = <T>(path: string): T => JSON.parse(referenceText(path)) as T;
/** Prefixes with null what a reference leaves out at the beginning. */
const whole = (length: number, values: readonly number[]): Values => [...Array.from({ length: length - values.length }, () => null), ...values];
const START_MS = Date.UTC(2020, 0, 1);
const DAY_MS = 86_400_000;

describeWithSharedData('the library of the running features engine', () => {
  let store: Store;
  let engine: TestEngine<Context>;
  beforeAll(async () => {
    store = await openTestStore();
    engine = await startForTest(features, { store, settings: { FEATURES_UPDATE_MS: '10' } });
  }, LIMIT_MS);
  afterAll(async () => {
    await engine.stop();
    await store.close(30_000);
  }, LIMIT_MS);

  /** One column of `POST /features/series`. */
  const column = async (bars: Bars, { feature, parameters = {}, part = VALUE, ...how }: Question): Promise<Values> => {
    const posted = bars.close.map((close, i) => ({ timestamp: new Date(START_MS + i * DAY_MS).toISOString(), open: bars.open[i], high: bars.high[i], low: bars.low[i], close, volume: bars.volume[i] }));
    const grid = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
    const which = Object.keys(grid).length === 0 ? { features: [feature] } : { parameters: { [feature]: grid } };
    const { status, body } = await engine.request.post('/features/series/REFERENCE').send({ ...which, ...how, bars: posted, timeframe: '1d' });
    expect([status, (body as { detail?: string }).detail]).toEqual([200, undefined]);
    const { series } = body as { series: Record<string, { values: Values; components: Record<string, Values> }> };
    const [found] = Object.values(series);
    return (part === VALUE ? found?.values : found?.components[part]) ?? posted.map(() => null);
  };

  /** Nulls must stand where the reference has none; the rest is told as the largest deviation in units of the tolerance. */
  const deviation = (found: Values, expected: Values, unit: (value: number) => number): number => {
    expect(found).toHaveLength(expected.length);
    expect(found.map((value) => value === null)).toEqual(expected.map((value) => value === null));
    return expected.reduce<number>((largest, value, i) => (value === null ? largest : Math.max(largest, Math.abs(found[i]! - value) / unit(value))), 0);
  };

  interface Reference { readonly params: readonly number[]; readonly begIdx: number; readonly out?: readonly (readonly number[])[]; readonly hits?: readonly (readonly [number, number])[] }
  const talib = json<{ input: Bars; functions: Record<string, Reference> }>('talib/talib_goog.json');

  const quotes = referenceRows('skender/quotes/default.csv');
  const input = (i: number): number[] => quotes.map((row) => Number(row[i]));
  const skender: Bars = { open: input(1), high: input(2), low: input(3), close: input(4), volume: input(5) };

  /** The columns of a function; of a candle pattern its hits, 0 elsewhere. The tolerance is relative to the value, near 0 to a thousandth of the column's largest. */
  const expectedOf = ({ begIdx, out, hits }: Reference): { values: Values; unit: (value: number) => number }[] => {
    const { length } = talib.input.close;
    const marked = new Map(hits);
    return (out ?? [Array.from({ length: length - begIdx }, (_, i) => marked.get(begIdx + i) ?? 0)]).map((values) => {
      expect(values).toHaveLength(length - begIdx);
      const least = 1e-3 * Math.max(...values.map(Math.abs)) || 1;
      return { values: whole(length, values), unit: (value) => 1e-9 * Math.max(Math.abs(value), least) };
    });
  };

  describe('gives what TA-Lib gives over 400 bars to 1e-9', () => {
    it('leaves none of its 66 functions out', () => {
      expect(Object.keys(talib.functions)).toHaveLength(66);
      expect(Object.keys(TALIB).sort()).toEqual(Object.keys(talib.functions).sort());
    });

    it.each(Object.entries(talib.functions))('%s', async (name, reference) => {
      const expected = expectedOf(reference);
      expect(TALIB[name]).toHaveLength(expected.length);
      for (const [i, { values, unit }] of expected.entries()) {
        const line = TALIB[name]![i]!;
        expect(deviation(await column(talib.input, { ...line, parameters: parametersOf(line, reference.params) }), values, unit)).toBeLessThanOrEqual(1);
      }
    }, LIMIT_MS);
  });

  describe('gives what Skender gives over 502 bars to 1e-8', () => {
    const files = readdirSync(sharedData('skender/results')).map((file) => file.replace('.json.gz', ''));

    it('leaves none of its 20 results out', () => {
      expect(files).toHaveLength(20);
      expect(Object.keys(SKENDER).sort()).toEqual([...files].sort());
    });

    it.each(files)('%s', async (file) => {
      const reference = json<Record<string, number | boolean | string | null>[]>(`skender/results/${file}.json.gz`);
      const fields = Object.keys(reference[0]!).filter((field) => field !== 'timestamp');
      const leftOut = fields.filter((field) => `${file}.${field}` in SKENDER_LEFT_OUT);
      expect([...Object.keys(SKENDER[file]!), ...leftOut].sort()).toEqual([...fields].sort());
      for (const [field, line] of Object.entries(SKENDER[file]!)) {
        const expected = reference.map((row) => (row[field] === null ? null : Number(row[field])));
        expect([field, deviation(await column(skender, { ...line, convention: 'skender' }), expected, () => 1e-8) <= 1]).toEqual([field, true]);
      }
    }, LIMIT_MS);
  });

  const numbersOf = (line: string): number[] => line.replace(/[{}]/g, '').split(',').filter((cell) => cell.trim() !== '').map(Number);
  const blocksOf = (path: string): { title: string; lines: string[] }[] =>
    referenceText(path).split(/\n\s*\n/).map((block) => block.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))).filter((lines) => lines.length > 0)
      .map(([title = '', ...lines]) => ({ title, lines }));

  describe('gives what Tulip prints to its three decimals', () => {
    const blocks = blocksOf('tulip/untest.txt');
    const nameOf = (title: string): string => title.split(' ')[0]!;

    it('leaves none of its 104 functions out', () => {
      expect(blocks).toHaveLength(104);
      expect(Object.keys(TULIP).sort()).toEqual(blocks.map(({ title }) => nameOf(title)).sort());
    });

    /** Bars of the given lines; what a case does not give makes an allowed bar and does not enter the result. */
    const barsOf = (letters: string, given: readonly (readonly number[])[]): Bars => {
      const at = (letter: string): readonly number[] | undefined => given[letters.indexOf(letter)];
      const [o, h, l, c, v] = ['o', 'h', 'l', 'c', 'v'].map(at);
      const close = given[0]!.map((_, i) => c?.[i] ?? o?.[i] ?? (h === undefined || l === undefined ? 100 : (h[i]! + l[i]!) / 2));
      const open = o ?? close;
      return { open, close, high: h ?? close.map((x, i) => Math.max(x, open[i]!)), low: l ?? close.map((x, i) => Math.min(x, open[i]!)), volume: v ?? close.map(() => 1) };
    };

    it.each(blocks)('$title', async ({ title, lines }) => {
      const { inputs, columns, map = (value: number) => value } = TULIP[nameOf(title)]!;
      const options = title.split(' ').slice(1).map(Number);
      const given = lines.slice(0, inputs.length).map(numbersOf);
      // No price is negative: the last two inputs of some functions of single values can be no bars.
      const priced = given[0]!.flatMap((value, i) => (value > 0 ? [i] : []));
      const cut = given[0]!.length - priced.length;
      expect(cut).toBeLessThanOrEqual(options.length === 0 && inputs === 'c' ? 2 : 0);
      const bars = barsOf(inputs, given.map((line) => priced.map((i) => line[i]!)));
      const expected = lines.slice(inputs.length).map(numbersOf);
      expect(expected).toHaveLength(columns.length);
      for (const [i, line] of columns.entries()) {
        const found = await column(bars, { ...line, parameters: parametersOf(line, options), convention: 'tulip' });
        const values = expected[i]!.slice(0, expected[i]!.length - cut);
        // Beyond 2^53/1000 a number has no third decimal; then its own last digits must agree.
        expect(deviation(found.map((value) => (value === null ? null : map(value))), whole(bars.close.length, values), (value) => 0.0005 * (1 + 1e-9) * Math.max(1, Math.abs(value) / 1e12))).toBeLessThanOrEqual(1);
      }
    }, LIMIT_MS);

    it('and its candle patterns, where they are and where they are not', async () => {
      /** Patterns do not change with the level of prices, and some bars of the file have a price of 0. */
      const LEVEL = 100;
      let looked = 0;
      for (const { title, lines } of blocksOf('tulip/candles.txt')) {
        const [open, high, given, close] = lines.slice(0, 4).map((line) => numbersOf(line).map((price) => price + LEVEL)) as [number[], number[], number[], number[]];
        // One bar of the file closes below its low; no bar may, so the close becomes its low.
        const low = given.map((value, i) => Math.min(value, open[i]!, close[i]!));
        for (const line of lines.slice(4)) {
          const [word = '', ...at] = line.split(' ');
          const found = await column({ open, high, low, close, volume: open.map(() => 0) }, { feature: 'candle_shapes', part: word.replace('!', '') });
          for (const i of at.map(Number)) {
            looked += 1;
            expect([title, word, i, found[i] === 1]).toEqual([title, word, i, !word.startsWith('!')]);
          }
        }
      }
      expect(looked).toBeGreaterThan(50);
    }, LIMIT_MS);
  });

  describe('gives what the R package TTR gives over 300 bars to 1e-9', () => {
    const reference = json<Record<string, unknown> & { n: number; N: number }>('ttr_volatility_goog300.json');
    const estimators = Object.keys(reference).filter((name) => Array.isArray(reference[name]));
    const first = (values: readonly number[]): readonly number[] => values.slice(0, 300);
    const { open, high, low, close, volume } = talib.input;

    it('leaves none of its six estimators out', () => {
      expect(estimators).toHaveLength(6);
      expect(Object.keys(TTR).sort()).toEqual([...estimators].sort());
    });

    it.each(estimators)('%s', async (name) => {
      const bars = { open: first(open), high: first(high), low: first(low), close: first(close), volume: first(volume) };
      const found = await column(bars, { feature: TTR[name]!, parameters: { period: reference.n }, bars_per_year: reference.N });
      expect(deviation(found, reference[name] as Values, (value) => 1e-9 * Math.abs(value))).toBeLessThanOrEqual(1);
    }, LIMIT_MS);
  });

  describe('sends on the bus, bar by bar, to whom subscribed to them', () => {
    interface Update { readonly as_of: string; readonly features: Record<string, { value: number | null; components?: Record<string, number> }> }

    /** The features of all questions in one subscription, and what it was sent for each bar. */
    const updates = async (symbol: string, bars: Bars, questions: readonly Question[], convention: string): Promise<(question: Question) => Values> => {
      const heard = await engine.listen(topics.feature.update.of(symbol));
      const grid: Record<string, Record<string, number[]>> = {};
      for (const { feature, parameters = {} } of questions) {
        for (const [name, value] of Object.entries(parameters)) ((grid[feature] ??= {})[name] ??= []).push(value);
      }
      const unique = Object.fromEntries(Object.entries(grid).map(([feature, all]) => [feature, Object.fromEntries(Object.entries(all).map(([name, values]) => [name, [...new Set(values)]]))]));
      const body = { features: questions.filter(({ feature }) => !(feature in grid)).map(({ feature }) => feature), parameters: unique, convention };
      const { body: answer } = await engine.request.post(`/features/subscribe/${symbol}`).send(body).expect(201);
      const { features: names } = answer as { features: string[] };
      const newest = (): Update | undefined => heard.at(-1)?.payload as Update | undefined;
      const sent: Update[] = [];
      for (const [i, close] of bars.close.entries()) {
        const [start_ms, end_ms] = [START_MS + i * 60_000, START_MS + (i + 1) * 60_000];
        await engine.bus.publish(topics.marketData.bar.of(symbol), {
          symbol, venue: 'REFERENCE', timeframe: '1m', start_ms, end_ms, open: bars.open[i], high: bars.high[i], low: bars.low[i], close, volume: bars.volume[i],
          trade_count: null, vwap: null, is_final: true, revision: 0, source: 'reference', provenance: 'replay', run_id: 'reference',
        });
        await eventually(() => expect(newest()?.as_of).toBe(new Date(end_ms).toISOString()), { deadlineMs: 60_000, intervalMs: 2 });
        sent.push(newest()!);
      }
      return ({ feature, parameters = {}, part = VALUE }) => {
        const name = names.find((one) => one.split('[')[0] === feature && Object.entries(parameters).every(([parameter, value]) => /[[,]/.test(one) && one.slice(feature.length + 1, -1).split(',').includes(`${parameter}=${value}`))) ?? feature;
        return sent.map(({ features: found }) => (part === VALUE ? found[name]?.value : found[name]?.components?.[part]) ?? null);
      };
    };

    it('all functions of TA-Lib', async () => {
      const questions = Object.entries(TALIB).flatMap(([name, lines]) => lines.map((line) => ({ name, feature: line.feature, part: line.part, parameters: parametersOf(line, talib.functions[name]!.params) })));
      const of = await updates('TALIB', talib.input, questions, 'talib');
      for (const [name, reference] of Object.entries(talib.functions)) {
        for (const [i, { values, unit }] of expectedOf(reference).entries()) {
          const question = questions.filter((one) => one.name === name)[i]!;
          expect([name, deviation(of(question), values, unit) <= 1]).toEqual([name, true]);
        }
      }
    }, LIMIT_MS);

    it('all results of Skender', async () => {
      const questions = Object.entries(SKENDER).flatMap(([file, fields]) => Object.entries(fields).map(([field, line]) => ({ file, field, ...line })));
      const of = await updates('SKENDER', skender, questions, 'skender');
      for (const { file, field, ...question } of questions) {
        const expected = json<Record<string, number | boolean | null>[]>(`skender/results/${file}.json.gz`).map((row) => (row[field] === null ? null : Number(row[field])));
        expect([file, field, deviation(of(question), expected, () => 1e-8) <= 1]).toEqual([file, field, true]);
      }
    }, LIMIT_MS);
  });
});
