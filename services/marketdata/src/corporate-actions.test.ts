import { beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { asNautilusError, type Bar } from '@nautilus/model';
import { adjusted, CorporateActionFiles, readFactors } from './corporate-actions.ts';
import { loadRecording, scanCatalogue, type CatalogueEntry } from './recordings/catalogue.ts';

const DATA = fileURLToPath(new URL('../../../data', import.meta.url));
const FACTORS = `${DATA}/market/corporate_actions/factor_files`;
const files = new CorporateActionFiles(DATA);
const LAST = '9999-12-31';
let entries: readonly CatalogueEntry[];
beforeAll(async () => void (entries = (await scanCatalogue(DATA)).entries.filter(({ kind }) => kind === 'daily')));

/** Day and bar of each session, as recorded. */
async function daily(symbol: string): Promise<readonly (readonly [string, Bar])[]> {
  const entry = entries.find((one) => one.symbol === symbol);
  const recording = await loadRecording(DATA, entry!);
  const column = (name: string): Float64Array => recording.numbers.get(name)!;
  return Array.from(column('time'), (start, row) => [new Date(start).toISOString().slice(0, 10), {
    symbol, venue: '', timeframe: '1d', start_ms: start, end_ms: start + 86_400_000, open: column('open')[row]!, high: column('high')[row]!, low: column('low')[row]!, close: column('close')[row]!,
    volume: column('volume')[row]!, trade_count: null, vwap: null, is_final: true, revision: 0, source: 'lean-daily', provenance: 'replay', run_id: null,
  }] as const);
}

describe('corporate actions', () => {
  it('are those of AAPL across its split of seven for one', async () => {
    const actions = await files.of('AAPL');
    const days = new Map(await daily('AAPL'));
    const [before, after] = [days.get('2014-06-06')!, days.get('2014-06-09')!];
    expect([before.close, after.close]).toEqual([645.57, 93.7]);
    const seen = (day: string, asOf: string, kind: 'raw' | 'split' | 'total') => adjusted(days.get(day)!, day, asOf, kind, actions);
    expect(seen('2014-06-06', LAST, 'split').close).toBeCloseTo(645.57 / 28, 4);
    expect(seen('2014-06-09', LAST, 'split').close).toBeCloseTo(93.7 / 4, 7);
    expect(seen('2014-06-06', '2014-06-09', 'split')).toMatchObject({ close: expect.closeTo(645.57 / 7, 4), volume: expect.closeTo(12_116_671 * 7, -2) });
    // Before the split nobody knew of it, and of the day itself the price is the one that was traded.
    expect(seen('2014-06-06', '2014-06-06', 'total')).toEqual(before);
    expect(seen('2014-06-06', LAST, 'raw')).toBe(before);
    expect(seen('2014-06-06', LAST, 'total').close / before.close).toBeCloseTo(0.9011818 * 0.0357143, 12);
  });

  it.each(readdirSync(FACTORS).map((file) => file.slice(0, -4)))('leave no jump in %s that was not traded, and multiply to the factor of the first day', async (symbol) => {
    const actions = await files.of(symbol);
    const rows = readFileSync(`${FACTORS}/${symbol}.csv`, 'utf8').trim().split(/\r?\n/).map((line) => line.split(','));
    const days = await daily(symbol);
    for (const [date, , split] of rows) {
      const day = `${date!.slice(0, 4)}-${date!.slice(4, 6)}-${date!.slice(6)}`;
      const at = days.findIndex(([one]) => one === day);
      const next = days[at + 1];
      if (at < 0 || next === undefined) continue;
      const [, bar] = days[at]!;
      const value = (d: string, b: Bar, kind: 'split' | 'total') => adjusted(b, d, LAST, kind, actions).close;
      // A split alone moves raw prices by its ratio; what is left between the days is trading.
      expect(Math.abs(Math.log(value(next[0], next[1], 'split') / value(day, bar, 'split')))).toBeLessThan(0.25);
      const row = rows.find(([one]) => one === date)!;
      expect(Math.abs(value(day, bar, 'total') / (bar.close * Number(row[1]) * Number(split)) - 1)).toBeLessThan(1e-7);
    }
    expect(rows.length).toBeGreaterThan(1);
  });

  it('are not guessed for a security of which nothing is known, nor read from a damaged file', async () => {
    expect(asNautilusError(await files.of('FB').catch((error: unknown) => error))?.kind).toBe('not_found');
    expect(asNautilusError(await files.of('../AAPL').catch((error: unknown) => error))?.kind).toBe('not_found');
    for (const text of ['', 'x', '20140606,0.9,0,1', '20140606,0.9,0.5,1\n20140605,1,1,0']) expect(() => readFactors(text, 'X.csv')).toThrow(/X\.csv/);
  });

  it('reach no company that bore the ticker before', async () => {
    expect((await daily('FB'))[0]?.[0]).toBe('2012-05-18');
    expect((await daily('EEM'))[0]?.[0]).toBe('2003-04-14');
  });
});
