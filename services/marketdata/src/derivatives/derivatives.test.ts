import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blackScholesValue } from '@nautilus/quant';
import { engineApp, type EngineApp } from '@nautilus/testkit';
import request from 'supertest';
import { marketdata } from '../engine.ts';
import { futuresMargins, interestRates } from './dated-values.ts';
import { recordedTable } from './recorded-table.ts';

const DATA = fileURLToPath(new URL('../../../../data', import.meta.url));
const DAY_MS = 86_400_000;

interface Quote {
  readonly expiry: string;
  readonly strike: number;
  readonly right: 'call' | 'put';
  readonly close: number;
  readonly recorded: { readonly implied_volatility: number; readonly delta: number } | null;
  readonly computed: { readonly implied_volatility: number; readonly delta: number } | null;
  readonly reason?: string;
}
interface Chain {
  readonly spot: number;
  readonly rate: number;
  readonly dividend_yield: number;
  readonly quotes: readonly Quote[];
}

describe('recorded derivatives', () => {
  let folder: string;
  let app: EngineApp;
  let api: ReturnType<typeof request>;
  const chain = async (query: string): Promise<Chain> => (await api.get(`/options/SPY/chain${query}`).expect(200)).body as Chain;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'derivatives-'));
    for (const part of ['options', 'futures_margins', 'rates']) cpSync(join(DATA, 'market', part), join(folder, 'market', part), { recursive: true });
    app = engineApp(marketdata, {});
    Object.assign(app.context, { dataDirectory: folder });
    api = request(app.http.server);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives the chain of the newest day, with volatilities at which the model gives the recorded closes', async () => {
    const { spot, rate, dividend_yield: dividendYield, quotes } = await chain('?rate=0.04&dividend_yield=0.014');
    expect([spot, rate, dividendYield, quotes.length]).toEqual([467.28, 0.04, 0.014, 36]);
    const solved = quotes.filter(({ computed }) => computed !== null);
    expect(solved.length).toBeGreaterThanOrEqual(13);
    for (const { expiry, strike, right, close, computed } of solved) {
      const years = (Date.parse(expiry) - Date.parse('2024-01-04')) / DAY_MS / 365;
      expect(blackScholesValue({ right, strike, years }, { spot, rate, dividendYield }, computed!.implied_volatility)).toBeCloseTo(close, 6);
    }
    for (const { computed, reason } of quotes) expect((computed === null) === (reason !== undefined)).toBe(true);
    const long = quotes.at(-1);
    expect(long).toMatchObject({ expiry: '2026-12-18', strike: 345, right: 'call', close: 160, recorded: { implied_volatility: 0.2081333, delta: 0.8363435 } });
  });

  it('takes the discount rate of the day, and says what has no volatility then', async () => {
    const { rate, quotes } = await chain('?expiry=2026-12-18&right=call');
    expect(rate).toBeCloseTo(Math.log(1.055), 12);
    expect(quotes).toHaveLength(8);
    for (const { computed, reason } of quotes) expect([computed, reason]).toEqual([null, expect.stringContaining('not above')]);
    expect((await chain('?right=put')).quotes).toEqual([]);
  });

  it('tells what is recorded instead of what is not', async () => {
    await api.get('/options/IBM/chain').expect(404).expect(({ body }) => expect(body).toMatchObject({ details: { known: ['SPY'] } }));
    await api.get('/options/SPY/chain?date=2024-01-05').expect(404).expect(({ body }) => expect(body).toMatchObject({ details: { dates: ['2024-01-04'] } }));
    await api.get('/futures/XX/margins').expect(404).expect(({ body }) => expect((body as { details: { known: string[] } }).details.known).toContain('ES'));
    await api.get('/rates/none').expect(404).expect(({ body }) => expect(body).toMatchObject({ details: { known: ['us_interest_rate'] } }));
    await api.get('/options/SPY/chain?date=soon').expect(422);
  });

  it('gives margins and rates, all or as of a day', async () => {
    const margins = async (query: string): Promise<unknown> => ((await api.get(`/futures/ES/margins${query}`).expect(200)).body as { margins: unknown }).margins;
    expect(await margins('')).toEqual(expect.arrayContaining([{ date: '2012-03-26', initial: 4_375, maintenance: 3_500 }]));
    expect(await margins('?as_of=2013-10-02')).toEqual([{ date: '2012-09-24', initial: 3_850, maintenance: 3_500 }]);
    expect(await margins('?as_of=2013-10-03')).toEqual([{ date: '2013-10-03', initial: 4_180, maintenance: 3_800 }]);
    await api.get('/futures/ES/margins?as_of=2012-03-25').expect(404);
    expect(((await api.get('/rates/us_interest_rate?as_of=2024-01-04').expect(200)).body as { rates: unknown }).rates).toEqual([{ date: '2023-07-27', percent: 5.5 }]);
  });

  it('refuses a damaged file by name', async () => {
    writeFileSync(join(folder, 'market', 'futures_margins', 'YM.csv'), 'date,initial,maintenance\n20200101,1\n');
    await expect(recordedTable(folder, 'futures_margins', 'YM.csv')).rejects.toThrow('futures_margins/YM.csv:2');
    await api.get('/futures/YM/margins').expect(500);
  });

  it('takes no missing figure for zero', async () => {
    writeFileSync(join(folder, 'market', 'futures_margins', 'ZW.csv'), 'date,initial,maintenance\n20200101,1500,\n');
    writeFileSync(join(folder, 'market', 'rates', 'holed.csv'), 'DATE,HOLED\n2020-01-01,\n');
    await expect(futuresMargins('ZW', folder)).rejects.toThrow('maintenance: a number is missing');
    await expect(interestRates('holed', folder)).rejects.toThrow('percent: a number is missing');
  });
});
