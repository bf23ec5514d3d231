import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TIMEFRAMES, msFromNs, type BookUpdate, type EpochNs, type Trade } from '@nautilus/model';
import type { OpenStoreOptions, Paged, Store } from '@nautilus/store';
import { DAY_MS, MINUTE_MS, OPEN_MS, alertAt, atNs, barAt, bucketAt, featureAt, minuteBar, quoteAt, tradeAt } from './store-builders.ts';
import { maintenanceConformance } from './store-maintenance.ts';
import { migrationConformance } from './store-migrations.ts';

/** One database, empty at first. */
export interface StoreHarness {
  /** Opens a store on the database; its schema is not migrated by that. */
  open(options?: Partial<OpenStoreOptions>): Promise<Store>;
  /** Removes the database. Stores on it are closed before. */
  remove(): Promise<void>;
}

export interface StoreAbilities {
  /** The data outlive the store, so that another one can be opened after it. */
  readonly durable: boolean;
  /** Several stores can be open on the database at once. */
  readonly shared: boolean;
}

/** What every driver of the store promises. */
export function storeConformance(name: string, makeHarness: () => Promise<StoreHarness>, abilities: StoreAbilities): void {
  describe(`store: ${name}`, () => {
    let harness: StoreHarness;
    let store: Store;
    let symbols = 0;
    const newSymbol = (): string => `SYM${++symbols}`;

    beforeAll(async () => {
      harness = await makeHarness();
      store = await harness.open();
      await store.migrate();
    });
    afterAll(async () => {
      await store.close(10_000);
      await harness.remove();
    });

    roundTrips(() => store, newSymbol);
    writing(() => store, newSymbol);
    reading(() => store, newSymbol);
    maintenanceConformance(() => store, newSymbol);
    if (abilities.durable) durability(makeHarness);
    migrationConformance(makeHarness, abilities);
  });
}

/** Walks all pages, in the order in which they come. */
async function allPages<T>(read: (cursor: string | undefined) => Promise<Paged<T>>): Promise<T[][]> {
  const pages: T[][] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    pages.push([...page.items]);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return pages;
}

function roundTrips(store: () => Store, newSymbol: () => string): void {
  const text = fc.oneof(fc.constantFrom('', 'NULL', 'a,b', '{x}', '"', '\\', '\\N', "it's", 'naïve ✓'), fc.string().map((s) => s.replaceAll('\0', '')));
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });

  it('gives trades back as they were, to the nanosecond and to the last bit of a price', async () => {
    const symbol = newSymbol();
    const arbitrary = fc.uniqueArray(
      fc.record({ ns: fc.bigInt(-(10n ** 18n), 4n * 10n ** 18n), price: double, size: double, text, suspicious: fc.boolean() }),
      { minLength: 1, maxLength: 300, selector: (r) => r.ns },
    );
    let written = 0;
    await fc.assert(fc.asyncProperty(arbitrary, async (records) => {
      const source = `run ${written++}`;
      const trades = records.map((r, i): Trade => tradeAt(symbol, i, {
        source, ts_event_ns: r.ns as EpochNs, ts_ingest_ns: (r.ns + 1n) as EpochNs, price: r.price === 0 ? 0 : r.price,
        size: r.size === 0 ? 0 : r.size, exchange: r.text, condition: r.text, suspicious: r.suspicious,
      }));
      await store().market.appendTrades(trades);
      const back = (await allPages((cursor) => store().market.trades(symbol, {}, { limit: 1000, ...(cursor && { cursor }) }))).flat();
      const ascending = trades.toSorted((a, b) => (a.ts_event_ns < b.ts_event_ns ? -1 : 1));
      expect(back.filter((trade) => trade.source === source)).toEqual(ascending);
    }), { numRuns: 10 });
  });

  it('keeps an absent side of a quote absent, not zero', async () => {
    const symbol = newSymbol();
    const quotes = [quoteAt(symbol, 0), quoteAt(symbol, 1, { bid: null, bid_size: null }), quoteAt(symbol, 2, { ask: null, ask_size: null, bid_size: 0 })];
    await store().market.appendQuotes(quotes);
    expect((await store().market.quotes(symbol, {})).items).toEqual(quotes);
  });

  it('gives bars back in each timeframe', async () => {
    const symbol = newSymbol();
    const bars = TIMEFRAMES.map((timeframe) => barAt(symbol, timeframe, OPEN_MS, MINUTE_MS, { trade_count: null, vwap: null, provenance: 'live' }));
    await store().market.appendBars(bars);
    for (const bar of bars) expect((await store().market.bars(symbol, bar.timeframe, {})).items).toEqual([bar]);
  });

  it('gives order books back, each once, the newest when no beginning is asked', async () => {
    const { books, market } = store();
    const symbol = newSymbol();
    const book = (i: number): BookUpdate => {
      const { price: _price, size: _size, exchange: _exchange, condition: _condition, suspicious: _suspicious, ...event } = tradeAt(symbol, i, { source: `books-${symbol}` });
      return { ...event, type: 'snapshot', bids: [[184.5, 300.25], [184.49, 1]], asks: [[184.51, 2e-8]], last_update_id: 2_098_041_696_700 + i, previous_update_id: null, reason: null };
    };
    const all = [book(0), book(1), book(2)];
    await Promise.all([books.append(all), books.append([book(0), book(2)])]);
    expect((await books.snapshots(symbol, {})).items).toEqual(all);
    expect((await books.snapshots(symbol, { from: OPEN_MS + 1_000, to: OPEN_MS + 2_000 })).items).toEqual([book(1)]);
    const newest = await books.snapshots(symbol, {}, { limit: 2 });
    expect(newest.items).toEqual([book(1), book(2)]);
    expect((await books.snapshots(symbol, {}, { limit: 2, cursor: newest.nextCursor ?? '' })).items).toEqual([book(0)]);
    expect((await books.snapshots('NOBODY', {})).items).toEqual([]);
    expect((await market.counts()).filter(({ source }) => source === `books-${symbol}`)).toEqual([{ kind: 'level2', source: `books-${symbol}`, provenance: 'replay', records: 3 }]);
  });

  it('gives microstructure results, PIN estimates and flash-crash events back, each once', async () => {
    const { microstructure } = store();
    const symbol = newSymbol();
    const result = { symbol, measure: 'kyle_lambda', window: '390x1m', time: OPEN_MS, value: 1.5e-6, standardError: 2e-7, observations: 390, quality: null, source: 'recording', provenance: 'replay' as const };
    const results = [result, { ...result, time: OPEN_MS + 1, value: null, standardError: null, observations: 2, quality: 'insufficient_history' }];
    await microstructure.appendResults([...results, { ...result, value: 9 }]);
    await microstructure.appendResults(results);
    expect((await microstructure.results(symbol, 'kyle_lambda', {})).items).toEqual(results);
    expect((await microstructure.results(symbol, 'roll_spread', {})).items).toEqual([]);
    const estimate = {
      symbol, model: 'ivpin' as const, time: OPEN_MS, probability: 0.25, standardError: null, logLikelihood: -1234.5, observations: 50, converged: false,
      parameters: { alpha: 0.5, lot: 100 }, provenance: 'live' as const,
    };
    await microstructure.appendPinEstimates([estimate, { ...estimate, model: 'pin', standardError: 0.01, converged: true }]);
    expect((await microstructure.pinEstimates(symbol, { from: OPEN_MS, to: OPEN_MS + 1 })).items).toEqual([estimate, { ...estimate, model: 'pin', standardError: 0.01, converged: true }]);
    const event = { symbol, id: 'event-1', time: OPEN_MS, score: 0.85, level: 'alert' as const, levelBefore: 'watch' as const, inputs: { drop: 0.02, missing: ['depth'] }, provenance: 'replay' as const };
    await microstructure.appendFlashCrashEvents([event]);
    await microstructure.appendFlashCrashEvents([event, { ...event, id: 'event-2', level: 'clear', levelBefore: 'alert' }]);
    expect((await microstructure.flashCrashEvents(symbol, {})).items).toEqual([event, { ...event, id: 'event-2', level: 'clear', levelBefore: 'alert' }]);
    await expect(microstructure.appendPinEstimates([{ ...estimate, probability: 2 }])).rejects.toMatchObject({ kind: 'invalid_input' });
  });

  it('gives observations and reported figures back as they were first told, each revision by itself, and counts them', async () => {
    const { reference, market } = store();
    const [series, symbol] = [newSymbol(), newSymbol()];
    const source = series.toLowerCase();
    const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);
    const value = { source, series, time: day('1948-01-01'), vintage: day('2024-02-01'), value: 3.5, unit: 'Percent', period: null, ingestedAt: OPEN_MS, provenance: 'live' as const };
    const values = [value, { ...value, vintage: day('2024-03-01'), value: 3.6 }, { ...value, time: day('1948-02-01'), value: null, unit: null, period: '1948-02' }];
    await reference.appendObservations(values);
    await reference.appendObservations([{ ...value, value: 99, ingestedAt: OPEN_MS + 1 }]);
    expect((await reference.observations(source, series, {})).items).toEqual(values);
    expect((await reference.observations(source, series, { from: day('1948-02-01') }, { limit: 1 })).items).toEqual(values.slice(2));
    const fact = {
      source, cik: '0000320193', symbol, taxonomy: 'us-gaap', tag: 'NetIncomeLoss', unit: 'USD', start: day('2023-01-01'), end: day('2023-12-31'), accession: 'a-1', form: '10-K',
      filed: day('2024-02-01'), value: 5e9, ingestedAt: OPEN_MS, provenance: 'live' as const,
    };
    const facts = [fact, { ...fact, tag: 'StockholdersEquity', start: null, value: -1 }, { ...fact, accession: 'a-2', form: '10-K/A', filed: day('2024-05-01'), value: 6e9 }];
    await reference.appendFacts([...facts, { ...fact, value: 1 }]);
    expect((await reference.facts(symbol, {})).items).toEqual(facts);
    expect((await reference.facts(symbol, { to: day('2024-02-02') }, { limit: 1 })).items).toEqual([facts[1]]);
    await expect(reference.appendFacts([{ ...fact, value: Infinity, accession: 'a-3' }])).rejects.toMatchObject({ kind: 'invalid_input' });
    expect((await market.counts()).filter((count) => count.source === source)).toEqual([
      { kind: 'economic', source, provenance: 'live', records: 3 }, { kind: 'fundamental', source, provenance: 'live', records: 3 },
    ]);
  });

  it('gives VPIN buckets, alerts and features back with what is null in them', async () => {
    const symbol = newSymbol();
    const buckets = [0, 1, 2, 3].map((i) => bucketAt(symbol, i));
    await store().vpin.appendBuckets(buckets);
    expect((await store().vpin.history(symbol, {})).items).toEqual(buckets);
    const alerts = [alertAt(symbol, 0), alertAt(symbol, 1, { cleared: true, provenance: 'live' })];
    await store().vpin.appendAlerts(alerts);
    expect((await store().vpin.alerts(symbol, {})).items).toEqual(alerts);
    const features = [featureAt(symbol, 0), featureAt(symbol, 1, { value: null, reason: 'needs 15 bars, has 2', confidence: 2 / 15 })];
    await store().features.append(features);
    expect((await store().features.history(symbol, 'rsi_14', {})).items).toEqual(features);
    expect((await store().features.history(symbol, 'ema_20', {})).items).toEqual([]);
  });

  it('keeps subscriptions, ingest runs and instruments, replacing those of the same id', async () => {
    const { market } = store();
    const symbol = newSymbol();
    const subscription = { id: symbol, symbol, source: 's', dataTypes: ['tick', 'a,"b"'], isActive: true, createdAt: OPEN_MS };
    await market.putFeedSubscription(subscription);
    await market.putFeedSubscription({ ...subscription, isActive: false });
    expect((await market.feedSubscriptions()).filter(({ id }) => id === symbol)).toEqual([{ ...subscription, isActive: false }]);
    expect([await market.deleteFeedSubscription(symbol), await market.deleteFeedSubscription(symbol)]).toEqual([true, false]);

    const run = { id: symbol, source: 's', what: 'daily', startedAt: OPEN_MS, finishedAt: null, accepted: 0, rejected: 0, error: null };
    const finished = { ...run, finishedAt: OPEN_MS + 5, accepted: 12, rejected: 1, error: 'one line' };
    const newer = { ...run, id: `${symbol} again`, startedAt: OPEN_MS + 1 };
    for (const each of [run, finished, newer]) await market.recordIngestRun(each);
    expect((await market.ingestRuns()).items).toEqual([newer, finished]);

    await market.appendTrades([tradeAt(symbol, 0)]);
    const instrument = { symbol, venue: 'XNYS', assetClass: null, currency: null, isActive: true };
    expect((await market.instruments()).filter((i) => i.symbol === symbol)).toEqual([instrument]);
    const told = { ...instrument, assetClass: 'equity', currency: 'USD', isActive: false };
    await market.putInstrument(told);
    expect((await market.instruments()).filter((i) => i.symbol === symbol)).toEqual([told]);
  });

  it('keeps snapshots byte by byte, the latest per key', async () => {
    const { snapshots } = store();
    const state = Uint8Array.from({ length: 256 }, (_, i) => i);
    await snapshots.put('vpin', 'IBM', new Uint8Array(), null, OPEN_MS);
    await snapshots.put('vpin', 'IBM', state, '1381152600000-0', OPEN_MS + 1);
    await snapshots.put('vpin', 'AAPL', state.subarray(10, 20), null, OPEN_MS);
    await snapshots.put('features', 'GOOG', state, null, OPEN_MS);
    expect(await snapshots.get('vpin', 'IBM')).toEqual({ state, position: '1381152600000-0', time: OPEN_MS + 1 });
    expect(await snapshots.get('vpin', 'AAPL')).toEqual({ state: state.slice(10, 20), position: null, time: OPEN_MS });
    expect(await snapshots.get('vpin', 'TSLA')).toBeUndefined();
    expect(await snapshots.keys('vpin')).toEqual(['AAPL', 'IBM']);
  });

  it('takes connections and their messages more than once', async () => {
    const connection = { id: 'c1', clientIp: '127.0.0.1', openedAt: OPEN_MS, closedAt: null, closeCode: null, reason: null, messagesSent: 0 };
    await store().sockets.put(connection);
    await store().sockets.put({ ...connection, closedAt: OPEN_MS + 1, closeCode: 1000, reason: 'bye', messagesSent: 7 });
    const entry = { id: 'm1', time: OPEN_MS, topic: 't', recipients: 2, data: { amount: 12n, list: ['"'] } };
    await store().sockets.log([entry, entry]);
    await expect(store().sockets.log([entry, { ...entry, id: 'm2', data: undefined }])).resolves.toBeUndefined();
  });
}

function writing(store: () => Store, newSymbol: () => string): void {
  const countOf = async (source: string): Promise<Record<string, number>> =>
    Object.fromEntries((await store().market.counts()).filter((c) => c.source === source).map((c) => [`${c.kind} ${c.provenance}`, c.records]));

  it('counts by kind, source and provenance, and counts nothing twice when it is given again', async () => {
    const symbol = newSymbol();
    const source = `count ${symbol}`;
    const trades = Array.from({ length: 40 }, (_, i) => tradeAt(symbol, i, { source, provenance: i < 10 ? 'live' : 'replay' }));
    const quotes = Array.from({ length: 30 }, (_, i) => quoteAt(symbol, i, { source }));
    const bars = Array.from({ length: 20 }, (_, i) => minuteBar(symbol, i, { source, provenance: 'simulated' }));
    for (let round = 0; round < 2; round++) {
      await Promise.all([
        store().market.appendTrades(trades), store().market.appendTrades(trades.slice(20)),
        store().market.appendQuotes([...quotes, ...quotes]), store().market.appendBars([...bars, ...bars]),
      ]);
      expect(await countOf(source)).toEqual({ 'trade live': 10, 'trade replay': 30, 'quote replay': 30, 'bar simulated': 20 });
    }
  });

  it('gives events of one microsecond each their own row', async () => {
    const symbol = newSymbol();
    const trades = [1, 2, 3].flatMap((ns) => [0, 1].map((seq) => tradeAt(symbol, 0, { ts_event_ns: atNs(OPEN_MS, ns), seq })));
    await store().market.appendTrades(trades.toReversed());
    expect((await store().market.trades(symbol, {})).items).toEqual(trades);
  });

  it('rejects a row that can never be written by its place, and writes its neighbours', async () => {
    const symbol = newSymbol();
    const poisoned = Array.from({ length: 20 }, (_, i) => tradeAt(symbol, i));
    poisoned[7] = tradeAt(symbol, 7, { price: Number.NaN });
    poisoned[13] = tradeAt(symbol, 13, { condition: 'zero \0 byte' });
    poisoned[14] = tradeAt(symbol, 14, { seq: 1.5 });
    const innocent = Array.from({ length: 20 }, (_, i) => tradeAt(symbol, 100 + i));
    const [first, second] = await Promise.allSettled([store().market.appendTrades(poisoned), store().market.appendTrades(innocent)]);
    expect(second.status).toBe('fulfilled');
    const paths = ['rows[7]', 'rows[13]', 'rows[14]'].map((path) => expect.objectContaining({ path }) as unknown);
    expect(first).toMatchObject({ reason: { kind: 'invalid_input', problems: paths } });
    expect((await store().market.trades(symbol, {})).items).toHaveLength(37);
  });

  it('rejects a symbol that cannot be stored without holding up the others', async () => {
    const symbol = newSymbol();
    const [bad, good] = await Promise.allSettled([
      store().market.appendTrades([tradeAt('bad\0symbol', 0)]),
      store().market.appendTrades([tradeAt(symbol, 0)]),
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { kind: 'invalid_input' } });
    expect(good.status).toBe('fulfilled');
  });

  it('lets a higher revision replace a bar and a lower one not', async () => {
    const symbol = newSymbol();
    const { market } = store();
    const now = async (): Promise<unknown> => (await market.bars(symbol, '1m', {})).items.map((b) => [b.revision, b.is_final, b.close]);
    await market.appendBars([minuteBar(symbol, 0, { is_final: false, close: 1 })]);
    await market.appendBars([minuteBar(symbol, 0, { is_final: false, close: 2 })]);
    expect(await now()).toEqual([[0, false, 2]]);
    await market.appendBars([minuteBar(symbol, 0, { close: 3 }), minuteBar(symbol, 0, { is_final: false, close: 2 })]);
    expect(await now()).toEqual([[0, true, 3]]);
    await market.appendBars([minuteBar(symbol, 0, { close: 4 })]);
    expect(await now()).toEqual([[0, true, 3]]);
    await market.appendBars([minuteBar(symbol, 0, { revision: 1, close: 5 }), minuteBar(symbol, 0, { revision: 2, close: 6 }), minuteBar(symbol, 0, { revision: 1, close: 5 })]);
    expect(await now()).toEqual([[2, true, 6]]);
  });

  it('does not publish a VPIN twice, clears an alert once, and takes the latest of a feature', async () => {
    const symbol = newSymbol();
    const { vpin, features } = store();
    await vpin.appendBuckets([bucketAt(symbol, 3)]);
    await vpin.appendBuckets([bucketAt(symbol, 3, { vpin: 0.99 })]);
    expect((await vpin.history(symbol, {})).items.map((row) => row.vpin)).toEqual([0.25]);
    await vpin.appendAlerts([alertAt(symbol, 0)]);
    await vpin.appendAlerts([alertAt(symbol, 0, { cleared: true }), alertAt(symbol, 0)]);
    expect((await vpin.alerts(symbol, {})).items).toEqual([alertAt(symbol, 0, { cleared: true })]);
    await features.append([featureAt(symbol, 0)]);
    await features.append([featureAt(symbol, 0, { value: 1 }), featureAt(symbol, 0, { value: null, reason: 'corrected away' })]);
    expect((await features.history(symbol, 'rsi_14', {})).items).toEqual([featureAt(symbol, 0, { value: null, reason: 'corrected away' })]);
  });

  it('has committed everything appended before, when flush resolves', async () => {
    const symbol = newSymbol();
    const appended = Array.from({ length: 50 }, (_, i) => store().market.appendTrades([tradeAt(symbol, i)]));
    await store().flush(30_000);
    expect((await store().market.trades(symbol, {})).items).toHaveLength(50);
    expect(store().status()).toMatchObject({ connected: true, queuedRows: 0, waitingRows: 0, lastError: null });
    await Promise.all(appended);
  });
}

function reading(store: () => Store, newSymbol: () => string): void {
  it('gives every event once over all pages, in order, also within one microsecond', async () => {
    const symbol = newSymbol();
    const trades = Array.from({ length: 57 }, (_, i) => tradeAt(symbol, i, { ts_event_ns: atNs(OPEN_MS + Math.floor(i / 20), i % 3), venue: i % 2 ? 'XNYS' : 'ARCX' }));
    await store().market.appendTrades(trades);
    const whole = (await store().market.trades(symbol, {}, { limit: 1000 })).items;
    const pages = await allPages((cursor) => store().market.trades(symbol, {}, { limit: 10, ...(cursor && { cursor }) }));
    expect(pages.map((page) => page.length)).toEqual([10, 10, 10, 10, 10, 7]);
    expect(pages.flat()).toEqual(whole);
    expect(new Set(whole.map((trade) => trade.seq)).size).toBe(57);
  });

  it('takes the start of a range in and leaves its end out', async () => {
    const symbol = newSymbol();
    await store().market.appendBars(Array.from({ length: 10 }, (_, i) => minuteBar(symbol, i)));
    const starts = async (range: { from?: number; to?: number }): Promise<number[]> =>
      (await store().market.bars(symbol, '1m', range)).items.map((bar) => (bar.start_ms - OPEN_MS) / MINUTE_MS);
    expect(await starts({ from: OPEN_MS + 3 * MINUTE_MS, to: OPEN_MS + 5 * MINUTE_MS })).toEqual([3, 4]);
    expect(await starts({ to: OPEN_MS + 2 * MINUTE_MS })).toEqual([0, 1]);
    expect(await starts({ from: OPEN_MS + 9 * MINUTE_MS - 0.001 })).toEqual([9]);
    expect(await starts({ from: OPEN_MS + 9 * MINUTE_MS + 0.001 })).toEqual([]);
  });

  it('leads from the newest bars back to the oldest, ascending in each page', async () => {
    const symbol = newSymbol();
    await store().market.appendBars(Array.from({ length: 7 }, (_, i) => minuteBar(symbol, i)));
    const pages = await allPages((cursor) => store().market.bars(symbol, '1m', {}, { limit: 3, latest: true, ...(cursor && { cursor }) }));
    expect(pages.map((page) => page.map((bar) => (bar.start_ms - OPEN_MS) / MINUTE_MS))).toEqual([[4, 5, 6], [1, 2, 3], [0]]);
  });

  it('leads results forward from a start and backward without one', async () => {
    const symbol = newSymbol();
    await store().vpin.appendBuckets(Array.from({ length: 7 }, (_, i) => bucketAt(symbol, i)));
    const ids = async (range: { from?: number }): Promise<number[][]> =>
      (await allPages((cursor) => store().vpin.history(symbol, range, { limit: 3, ...(cursor && { cursor }) }))).map((page) => page.map((row) => row.bucketId));
    expect(await ids({})).toEqual([[4, 5, 6], [1, 2, 3], [0]]);
    expect(await ids({ from: OPEN_MS + 2000 })).toEqual([[1, 2, 3], [4, 5, 6]]);
  });

  it('gives one bar per start: live before replayed before simulated', async () => {
    const symbol = newSymbol();
    const of = (source: string, provenance: 'live' | 'replay' | 'simulated', i: number, venue: string) => minuteBar(symbol, i, { source, provenance, venue });
    await store().market.appendBars([of('a', 'simulated', 0, 'A'), of('b', 'replay', 0, 'B'), of('a', 'simulated', 1, 'A'), of('c', 'live', 0, 'A'), of('b', 'replay', 2, 'B')]);
    const expected = ['live', 'simulated', 'replay'];
    expect((await store().market.bars(symbol, '1m', {})).items.map((bar) => bar.provenance)).toEqual(expected);
    expect((await store().market.bars(symbol, '1m', {}, { latest: true })).items.map((bar) => bar.provenance)).toEqual(expected);
  });

  it('gives the columns of more trades than one statement reads, though many share a time', async () => {
    const symbol = newSymbol();
    // A hundred thousand are read at once; the trades around that border have the same microsecond.
    const trades = Array.from({ length: 100_500 }, (_, i) => tradeAt(symbol, i, {
      ts_event_ns: i > 99_000 && i < 100_400 ? atNs(OPEN_MS + 99_500, i % 7) : atNs(OPEN_MS + i, i % 1000), suspicious: i % 1000 === 5, price: 1 + i,
    }));
    await store().market.appendTrades(trades);
    const sound = trades.filter((trade) => !trade.suspicious)
      .toSorted((a, b) => Number(a.ts_event_ns - b.ts_event_ns) || a.seq - b.seq);
    const columns = await store().market.tradeColumns(symbol, {});
    expect(columns.prices).toEqual(Float64Array.from(sound, (trade) => trade.price));
    expect(columns.sizes).toEqual(Float64Array.from(sound, (trade) => trade.size));
    expect(columns.timesMs).toEqual(Float64Array.from(sound, (trade) => msFromNs(trade.ts_event_ns)));
    const day = await store().market.tradeColumns(symbol, { from: OPEN_MS + 10, to: OPEN_MS + 20 });
    expect(day.prices).toEqual(Float64Array.from([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]));
    const prices = (await store().market.tradeColumns(newSymbol(), {})).prices;
    expect(prices).toHaveLength(0);
  });

  it('refuses a cursor, a limit or a time that cannot be', async () => {
    const symbol = newSymbol();
    await store().market.appendTrades([tradeAt(symbol, 0)]);
    const { market } = store();
    const refused = { kind: 'invalid_input' };
    await expect(market.trades(symbol, {}, { cursor: 'bm9uc2Vuc2U' })).rejects.toMatchObject({ ...refused, fault: 'malformed' });
    await expect(market.trades(symbol, {}, { cursor: Buffer.from('["1);drop","0","0","s","1"]').toString('base64url') })).rejects.toMatchObject(refused);
    for (const limit of [0, 1001, 1.5]) await expect(market.trades(symbol, {}, { limit })).rejects.toMatchObject(refused);
    await expect(market.trades(symbol, { from: Number.NaN })).rejects.toMatchObject(refused);
    await expect(market.trades('NOBODY', {})).resolves.toEqual({ items: [], nextCursor: null });
  });

  it('answers a ping with its duration and says what the server offers', async () => {
    expect(await store().ping(10_000)).toBeGreaterThanOrEqual(0);
    expect(store().status().latencyMs).toBeGreaterThanOrEqual(0);
    expect(store().offers.serverVersion).toMatch(/^\d+\./);
    expect(store().offers.timescale).not.toBe('unknown');
  });
}

function durability(makeHarness: () => Promise<StoreHarness>): void {
  it('has on disk what was appended before it closed, awaited or not', async () => {
    const harness = await makeHarness();
    const first = await harness.open();
    await first.migrate();
    const appended = first.market.appendTrades(Array.from({ length: 300 }, (_, i) => tradeAt('KEPT', i)));
    await first.close(30_000);
    await appended;
    await expect(first.market.appendTrades([tradeAt('KEPT', 300)])).rejects.toMatchObject({ kind: 'transient' });
    const second = await harness.open();
    expect(await second.schemaVersion()).toMatchObject({ found: (await second.schemaVersion()).expected });
    expect((await second.market.trades('KEPT', { from: OPEN_MS - DAY_MS }, { limit: 1000 })).items).toHaveLength(300);
    await second.close(10_000);
    await harness.remove();
  });
}
