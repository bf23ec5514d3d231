import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Store } from '@nautilus/store';
import { describeWithSharedData, eventually, openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import type { Context } from '../../../services/marketdata/src/context.ts';
import { marketdata } from '../../../services/marketdata/src/engine.ts';
import { LIMIT_MS, PATIENCE, referenceRows, referenceText } from './reference-data.ts';

/** What the running hub answers over HTTP against the recordings, factor files and calendars as they came, read here once more. */

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are judged field by field
type Json = any;
interface DailyBar { readonly date: string; readonly open: number; readonly high: number; readonly low: number; readonly close: number; readonly volume: number }
interface Factors { readonly date: string; readonly price: number; readonly split: number }
interface Tick { readonly timeMs: number; readonly price: number; readonly size: number }
interface PlainBar { readonly start_ms: number; readonly open: number; readonly high: number; readonly low: number; readonly close: number; readonly volume: number }

const TICKERS = ['AAPL', 'AIG', 'BAC', 'EEM', 'FB', 'GOOG', 'IBM', 'IWM', 'QQQ', 'SPY', 'USO', 'WM'];
/** Earlier rows belong to other companies that had the ticker: by the map files, or by gaps of years in the daily ones. */
const LISTED_FROM: Readonly<Record<string, string>> = { BAC: '1998-10-01', EEM: '2003-04-14', FB: '2012-05-18', USO: '2006-04-10', WM: '2009-08-05' };
const WITH_FACTORS = ['AAPL', 'AIG', 'BAC', 'EEM', 'GOOG', 'IBM', 'IWM', 'QQQ', 'SPY'];
/** New York is four hours behind UTC on the recorded days, all in summer time. */
const NEW_YORK_MS = 4 * 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LAST_DAY = '9999-12-31';

const dailyOf = (symbol: string): DailyBar[] =>
  referenceRows(`market/daily/${symbol}.csv`)
    .map(([date = '', open, high, low, close, volume]) => ({ date, open: Number(open), high: Number(high), low: Number(low), close: Number(close), volume: Number(volume) }))
    .filter(({ date }) => date >= (LISTED_FROM[symbol] ?? ''));
function factorsOf(symbol: string): (date: string) => Factors {
  const lines = referenceText(`market/corporate_actions/factor_files/${symbol}.csv`).trim().split(/\r?\n/);
  const rows = lines.map((line) => line.split(',')).map(([day = '', price, split]): Factors => ({ date: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`, price: Number(price), split: Number(split) }));
  return (date) => rows.find((row) => row.date >= date) ?? { date: LAST_DAY, price: 1, split: 1 };
}
const ticksOf = (symbol: string, day: string): Tick[] =>
  referenceRows(`market/tick/${symbol}_${day}_trade.csv.gz`)
    .filter((cells) => cells[5] === '0' && Number(cells[2]) > 0)
    .map((cells) => ({ timeMs: Date.parse(`${cells[0]}Z`) + NEW_YORK_MS, price: Number(cells[1]), size: Number(cells[2]) }));
const minutesOf = (symbol: string, day: string): PlainBar[] =>
  referenceRows(`market/minute/${symbol}_trade.csv.gz`)
    .filter((cells) => cells[0]!.startsWith(day))
    .map(([time, open, high, low, close, volume]) => ({ start_ms: Date.parse(`${time}Z`) + NEW_YORK_MS, open: Number(open), high: Number(high), low: Number(low), close: Number(close), volume: Number(volume) }));

const groups = <T>(items: readonly T[], keyOf: (item: T) => number): Map<number, T[]> => Map.groupBy(items, keyOf) as Map<number, T[]>;
/** Bars of `lengthMs` from what lies in them, in the order of the file. */
const barsOf = <T>(items: readonly T[], timeOf: (item: T) => number, lengthMs: number, values: (item: T) => Omit<PlainBar, 'start_ms'>): PlainBar[] =>
  [...groups(items, (item) => Math.floor(timeOf(item) / lengthMs) * lengthMs)].map(([start_ms, inside]) => {
    const all = inside.map(values);
    return {
      start_ms, open: all[0]!.open, high: Math.max(...all.map(({ high }) => high)), low: Math.min(...all.map(({ low }) => low)), close: all.at(-1)!.close,
      volume: all.reduce((sum, { volume }) => sum + volume, 0),
    };
  });
const ofTick = ({ price, size }: Tick): Omit<PlainBar, 'start_ms'> => ({ open: price, high: price, low: price, close: price, volume: size });
const plain = ({ start_ms, open, high, low, close, volume }: Json): PlainBar => ({ start_ms, open, high, low, close, volume });

describeWithSharedData('the running market data engine', () => {
  let store: Store;
  let engine: TestEngine<Context>;

  beforeAll(async () => {
    store = await openTestStore();
    engine = await startForTest(marketdata, {
      store, settings: { MARKETDATA_REPLAY_AUTOSTART: '0', MARKETDATA_REPLAY_PREROLL_SESSIONS: '0', MARKETDATA_REPLAY_LOOP: '0', MARKETDATA_REPLAY_SPEED: '0' },
    });
    await eventually(async () => {
      const daily = await source('lean-daily');
      expect(daily.records.bar).toBe(daily.recorded);
    }, PATIENCE);
  }, LIMIT_MS);
  afterAll(async () => {
    await engine.stop();
    await store.close(30_000);
  }, LIMIT_MS);

  const get = async (path: string): Promise<Json> => {
    const answer = await engine.request.get(path);
    expect([path, answer.status]).toEqual([path, 200]);
    return answer.body;
  };
  const source = async (name: string): Promise<Json> => (await get('/sources')).items.find((item: Json) => item.source === name);
  const daily = async (symbol: string, query = ''): Promise<Json[]> => {
    const found: Json[] = [];
    for (let from: string | undefined = '1990-01-01T00:00:00Z'; from !== undefined; ) {
      const { data } = await get(`/data/${symbol}?data_type=bar&timeframe=1d&limit=1000&from=${from}${query}`);
      found.push(...data);
      from = data.length < 1_000 ? undefined : new Date(data.at(-1).start_ms + DAY_MS).toISOString();
    }
    return found;
  };
  const bars = async (symbol: string, timeframe: string, fromMs: number): Promise<Json[]> =>
    (await get(`/data/${symbol}?data_type=bar&timeframe=${timeframe}&limit=1000&from=${new Date(fromMs).toISOString()}&to=${new Date(fromMs + DAY_MS).toISOString()}`)).data;
  /** Replays a session of a symbol to its end, and waits until what came of it was taken for the store. */
  const replay = async (symbol: string, fromMs: number): Promise<void> => {
    const range = { from: new Date(fromMs).toISOString(), to: new Date(fromMs + DAY_MS).toISOString() };
    await engine.request.post('/replay').send({ ...range, symbols: [symbol], state: 'playing' }).expect(200);
    await eventually(async () => {
      expect(await get('/replay')).toMatchObject({ state: 'finished', symbols: [symbol], progress: 1 });
      const { received, acked, dead_letters, dropped } = (await get('/messagebus/status')).buses.marketdata_bus;
      expect({ acked, dead_letters, dropped }).toEqual({ acked: received, dead_letters: 0, dropped: 0 });
    }, PATIENCE);
    await store.flush(LIMIT_MS);
  };
  /** The bars, once they are those that must be: the engine builds longer ones every few seconds from those of a minute. */
  const expectBars = async (symbol: string, timeframe: string, fromMs: number, expected: readonly PlainBar[]): Promise<Json[]> =>
    eventually(async () => {
      await store.flush(LIMIT_MS);
      const found = await bars(symbol, timeframe, fromMs);
      expect(found.map(plain)).toEqual(expected);
      return found;
    }, PATIENCE);

  it.each(TICKERS)('%s: daily bars are the recorded ones, of its own company alone', async (symbol) => {
    const expected = dailyOf(symbol).map(({ date, ...rest }) => ({ start_ms: Date.parse(`${date}T00:00:00Z`), ...rest }));
    expect((await daily(symbol)).map(plain)).toEqual(expected);
  }, LIMIT_MS);

  it.each(WITH_FACTORS)('%s: adjusted series are raw times the factors of the file to 1e-7, and have no jump at a split', async (symbol) => {
    const [recorded, factors] = [dailyOf(symbol), factorsOf(symbol)];
    for (const [kind, factor] of [['split', ({ split }: Factors) => split], ['total', ({ price, split }: Factors) => price * split]] as const) {
      const adjusted = await daily(symbol, `&adjusted=${kind}`);
      expect(adjusted).toHaveLength(recorded.length);
      let largest = 0;
      recorded.forEach(({ date, volume, ...prices }, i) => {
        const at = factors(date);
        for (const name of ['open', 'high', 'low', 'close'] as const) largest = Math.max(largest, Math.abs(adjusted[i][name] / (prices[name] * factor(at)) - 1));
        if (volume > 0) largest = Math.max(largest, Math.abs((adjusted[i].volume * at.split) / volume - 1));
      });
      expect(largest).toBeLessThan(1e-7);
      const jumps = recorded.slice(1).flatMap(({ date }, i) =>
        factors(date).split === factors(recorded[i]!.date).split ? [] : [Math.abs(Math.log(adjusted[i + 1].close / adjusted[i].close))]);
      for (const jump of jumps) expect(jump).toBeLessThan(0.25);
    }
  }, LIMIT_MS);

  it('AAPL across its split of seven for one, and as it was seen on earlier days', async () => {
    const on = async (query: string): Promise<Record<string, number>> =>
      Object.fromEntries((await get(`/data/AAPL?data_type=bar&timeframe=1d&from=2014-06-06T00:00:00Z&to=2014-06-10T00:00:00Z${query}`)).data.map(({ timestamp, close }: Json) => [timestamp.slice(0, 10), close]));
    expect(await on('')).toEqual({ '2014-06-06': 645.57, '2014-06-09': 93.7 });
    const split = await on('&adjusted=split');
    expect(split['2014-06-06']! / (645.57 / 28)).toBeCloseTo(1, 5);
    expect(split['2014-06-09']! / (93.7 / 4)).toBeCloseTo(1, 9);
    expect(await on('&adjusted=split&as_of=2014-06-06')).toEqual({ '2014-06-06': 645.57 });

    const [recorded, factors] = [dailyOf('AAPL'), factorsOf('AAPL')];
    for (const asOf of ['2000-06-20', '2005-03-01', '2014-06-06', '2014-06-09', '2020-08-31']) {
      const [known, now] = [recorded.filter(({ date }) => date <= asOf), factors(asOf)];
      const seen = await daily('AAPL', `&adjusted=total&as_of=${asOf}`);
      expect(seen).toHaveLength(known.length);
      const off = known.map(({ date, close }, i) => Math.abs((seen[i].close * now.price * now.split) / (close * factors(date).price * factors(date).split) - 1));
      expect(Math.max(...off)).toBeLessThan(1e-7);
      // The last day is seen at the price that was traded on it.
      expect(seen.at(-1).close).toBe(known.at(-1)!.close);
    }
  }, LIMIT_MS);

  it.each([['xnys', 8_324], ['cmes', 9_682]])('%s: every session opens and closes when the calendar says, and there is no other', async (exchange, count) => {
    const found: Json[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { items, next_cursor }: Json = await get(`/calendars/${exchange}?limit=1000${cursor === '' ? '' : `&cursor=${cursor}`}`);
      found.push(...items);
      cursor = next_cursor;
    }
    const expected = referenceRows(`exchange_calendars/${exchange}.csv.gz`).map(([date = '', open = '', close = '']) => ({ date: date.slice(0, 10), opens_at: new Date(open).toISOString(), closes_at: new Date(close).toISOString() }));
    expect(found).toHaveLength(count);
    expect(found).toEqual(expected);
    const christmas = await get(`/calendars/${exchange.toUpperCase()}?from=2013-12-23&to=2013-12-27`);
    expect(christmas.items).toEqual(expected.filter(({ date }) => date >= '2013-12-23' && date < '2013-12-27'));
    await engine.request.get('/calendars/nowhere').expect(404);
  }, LIMIT_MS);

  it.each([['IBM', '2013-10-07'], ['AIG', '2013-10-08']])('%s on %s: bars from its ticks are those of a plain recomputation, of one minute and rolled up to five', async (symbol, day) => {
    const [from, ticks] = [Date.parse(`${day}T00:00:00Z`) + NEW_YORK_MS, ticksOf(symbol, day.replaceAll('-', ''))];
    await replay(symbol, from);
    for (const [timeframe, lengthMs] of [['1m', MINUTE_MS], ['5m', 5 * MINUTE_MS]] as const) {
      const expected = barsOf(ticks, ({ timeMs }) => timeMs, lengthMs, ofTick);
      expect(expected.length).toBeGreaterThan(70);
      const found = await expectBars(symbol, timeframe, from, expected);
      const inside = [...groups(ticks, ({ timeMs }) => Math.floor(timeMs / lengthMs)).values()];
      expect(found.map(({ trade_count }) => trade_count)).toEqual(inside.map(({ length }) => length));
      found.forEach(({ vwap }, i) => expect(vwap / (inside[i]!.reduce((sum, { price, size }) => sum + price * size, 0) / expected[i]!.volume)).toBeCloseTo(1, 12));
    }
  }, LIMIT_MS);

  it.each([['SPY', '2013-10-09'], ['AAPL', '2014-06-06']])('%s on %s: recorded minutes come back as recorded, and rolled up to five', async (symbol, day) => {
    const [from, minutes] = [Date.parse(`${day}T00:00:00Z`) + NEW_YORK_MS, minutesOf(symbol, day)];
    await replay(symbol, from);
    expect(minutes.length).toBeGreaterThan(300);
    await expectBars(symbol, '1m', from, minutes);
    await expectBars(symbol, '5m', from, barsOf(minutes, ({ start_ms }) => start_ms, 5 * MINUTE_MS, (bar) => bar));
  }, LIMIT_MS);

  it('counts by SQL what the files hold', async () => {
    const rows = (path: string): number => referenceRows(path).length;
    const ticks = [...['07', '08', '09', '10', '11'].map((day) => rows(`market/tick/IBM_201310${day}_trade.csv.gz`)), ...['08', '09'].map((day) => rows(`market/tick/AIG_201310${day}_trade.csv.gz`))];
    const quotes = rows('market/tick/IBM_20131007_quote.csv.gz');
    const recordedDaily = TICKERS.reduce((sum, symbol) => sum + dailyOf(symbol).length, 0);
    expect(await source('lean-daily')).toMatchObject({ recorded: recordedDaily, records: { bar: recordedDaily, trade: 0, quote: 0 } });
    // Of the ticks two sessions were replayed here; bars are those that were made of them.
    const minuteBars = ['IBM', 'AIG'].map((symbol, i) => barsOf(ticksOf(symbol, ['20131007', '20131008'][i]!), ({ timeMs }) => timeMs, MINUTE_MS, ofTick).length);
    await eventually(async () => {
      await store.flush(LIMIT_MS);
      expect(await source('lean-tick')).toMatchObject({
        recorded: ticks.reduce((sum, count) => sum + count, quotes),
        records: { trade: ticks[0]! + ticks[5]!, quote: quotes, bar: minuteBars[0]! + minuteBars[1]! },
      });
    }, PATIENCE);
    const counted = await store.market.counts();
    expect(counted.filter(({ source: name, kind }) => name === 'lean-tick' && kind === 'trade').reduce((sum, { records }) => sum + records, 0)).toBe(ticks[0]! + ticks[5]!);
  }, LIMIT_MS);
});
