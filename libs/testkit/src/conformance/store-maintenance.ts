import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Bar, Timeframe } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import { DAY_MS, MINUTE_MS, OPEN_MS, barAt, featureAt, minuteBar, quoteAt, tradeAt, atNs } from './store-builders.ts';

const LENGTHS: readonly (readonly [Timeframe, number])[] = [['5m', 5 * MINUTE_MS], ['15m', 15 * MINUTE_MS], ['1h', 60 * MINUTE_MS], ['1d', DAY_MS]];

/** Direct aggregation of final minute bars, in the order of time. */
function aggregate(minutes: readonly Bar[], timeframe: Timeframe, lengthMs: number): Partial<Bar>[] {
  const until = Math.max(...minutes.map((bar) => bar.end_ms));
  const groups = Map.groupBy(minutes.toSorted((a, b) => a.start_ms - b.start_ms), (bar) => Math.floor(bar.start_ms / lengthMs) * lengthMs);
  return [...groups].map(([start, bars]) => {
    const volume = bars.reduce((sum, bar) => sum + bar.volume, 0);
    const value = bars.reduce((sum, bar) => sum + (bar.vwap ?? 0) * bar.volume, 0);
    return {
      timeframe, start_ms: start, end_ms: start + lengthMs, open: bars[0]?.open ?? 0, close: bars.at(-1)?.close ?? 0,
      high: Math.max(...bars.map((bar) => bar.high)), low: Math.min(...bars.map((bar) => bar.low)), volume,
      trade_count: bars.reduce((sum, bar) => sum + (bar.trade_count ?? 0), 0), vwap: value / volume, is_final: start + lengthMs <= until,
    };
  });
}

export function maintenanceConformance(store: () => Store, newSymbol: () => string): void {
  const barsOf = async (symbol: string, timeframe: Timeframe): Promise<readonly Bar[]> =>
    (await store().market.bars(symbol, timeframe, {}, { limit: 1000 })).items;

  it('rolls minutes up to what direct aggregation gives, bit for bit, however they arrive', async () => {
    const price = fc.double({ min: 1, max: 1000, noNaN: true });
    const minute = fc.record({ i: fc.integer({ min: 0, max: 3000 }), open: price, close: price, volume: fc.double({ min: 0.001, max: 1e6, noNaN: true }), vwap: price, trade_count: fc.nat() });
    await fc.assert(fc.asyncProperty(fc.uniqueArray(minute, { minLength: 5, maxLength: 120, selector: (m) => m.i }), fc.nat(), async (minutes, cut) => {
      const symbol = newSymbol();
      const bars = minutes.map(({ i, ...m }) => minuteBar(symbol, i, { ...m, high: Math.max(m.open, m.close), low: Math.min(m.open, m.close) }));
      const middle = cut % bars.length;
      await store().market.appendBars(bars.slice(0, middle));
      await store().maintenance.rollUpBars();
      await store().market.appendBars(bars.slice(middle));
      await store().maintenance.rollUpBars();
      for (const [timeframe, length] of LENGTHS) {
        const direct = aggregate(bars, timeframe, length);
        expect(await barsOf(symbol, timeframe)).toEqual(direct.map((bar) => expect.objectContaining(bar) as unknown));
      }
    }), { numRuns: 8 });
    expect(await store().maintenance.rollUpBars()).toBe(0);
  });

  it('closes a built bar when a later minute tells that it is over, and revises it when a minute is corrected', async () => {
    const symbol = newSymbol();
    const five = async (): Promise<unknown> => (await barsOf(symbol, '5m')).map((bar) => [bar.is_final, bar.revision, bar.volume]);
    await store().market.appendBars([minuteBar(symbol, 0), minuteBar(symbol, 1)]);
    await store().maintenance.rollUpBars();
    expect(await five()).toEqual([[false, 0, 2000]]);
    await store().market.appendBars([minuteBar(symbol, 12)]);
    await store().maintenance.rollUpBars();
    expect(await five()).toEqual([[true, 0, 2000], [false, 0, 1000]]);
    await store().market.appendBars([minuteBar(symbol, 1, { revision: 1, volume: 1500 })]);
    await store().maintenance.rollUpBars();
    expect(await five()).toEqual([[true, 1, 2500], [false, 0, 1000]]);
  });

  it('neither replaces nor counts what a source did not give', async () => {
    const symbol = newSymbol();
    const source = `roll ${symbol}`;
    const given = barAt(symbol, '5m', OPEN_MS, 5 * MINUTE_MS, { source, volume: 7 });
    await store().market.appendBars([given, ...[0, 1, 2, 3, 4].map((i) => minuteBar(symbol, i, { source, vwap: i === 3 ? null : 100 }))]);
    await store().maintenance.rollUpBars();
    expect(await barsOf(symbol, '5m')).toEqual([given]);
    expect((await barsOf(symbol, '1h'))[0]).toMatchObject({ volume: 5000, vwap: null, trade_count: 50 });
    expect((await store().market.counts()).filter((c) => c.source === source)).toEqual([{ kind: 'bar', source, provenance: 'replay', records: 6 }]);
    const hour = Math.floor(OPEN_MS / (60 * MINUTE_MS)) * 60 * MINUTE_MS;
    await store().market.appendBars([barAt(symbol, '1h', hour, 60 * MINUTE_MS, { source, volume: 9 })]);
    expect((await barsOf(symbol, '1h'))[0]).toMatchObject({ volume: 9 });
  });

  it('shows a bar that a source gave before one that was built, and leaves out built ones when asked to', async () => {
    const symbol = newSymbol();
    // By its name alone the source of the minutes would come first.
    await store().market.appendBars([barAt(symbol, '5m', OPEN_MS, 5 * MINUTE_MS, { source: 'b', volume: 7 }), ...[0, 1, 2, 3, 4, 5].map((i) => minuteBar(symbol, i, { source: 'a' }))]);
    await store().maintenance.rollUpBars();
    expect((await barsOf(symbol, '5m')).map(({ source, volume }) => [source, volume])).toEqual([['b', 7], ['a', 1000]]);
    expect((await store().market.bars(symbol, '5m', {}, { limit: 10, given: true })).items.map(({ source }) => source)).toEqual(['b']);
  });

  it('keeps sessions of an exchange once each, with the hours that were given last', async () => {
    const { reference } = store();
    const venue = newSymbol();
    const session = (i: number, hours = 7) => ({ date: new Date(OPEN_MS + i * DAY_MS).toISOString().slice(0, 10), opensAtMs: OPEN_MS + i * DAY_MS, closesAtMs: OPEN_MS + i * DAY_MS + hours * 60 * MINUTE_MS });
    await reference.putSessions(venue, [session(2), session(0), session(1)]);
    await reference.putSessions(venue, [session(1, 3)]);
    await reference.putSessions(newSymbol(), [session(0)]);
    const first = await reference.sessions(venue, { limit: 2 });
    expect(first.items).toEqual([session(0), session(1, 3)]);
    expect((await reference.sessions(venue, { limit: 2, cursor: first.nextCursor ?? '' })).items).toEqual([session(2)]);
  });

  it('never removes recorded history by age, and removes what is live or simulated and too old', async () => {
    const now = OPEN_MS + 4000 * DAY_MS;
    const [recorded, lived] = [newSymbol(), newSymbol()];
    const live = { provenance: 'live' as const };
    // The recorded events lie in other chunks than the live ones.
    const old = { ts_event_ns: atNs(OPEN_MS + 1000 * DAY_MS) };
    const young = { ts_event_ns: atNs(now - 29 * DAY_MS) };
    await store().market.appendTrades([tradeAt(recorded, 0), tradeAt(lived, 0, { ...live, ...old }), tradeAt(lived, 1, { ...live, ...young })]);
    await store().market.appendQuotes([quoteAt(recorded, 0), quoteAt(lived, 0, { ...live, ...old })]);
    await store().features.append([featureAt(recorded, 0), featureAt(lived, 0, { ...live, time: OPEN_MS + 1000 * DAY_MS })]);
    await store().sockets.put({ id: lived, clientIp: '::1', openedAt: OPEN_MS, closedAt: null, closeCode: null, reason: null, messagesSent: 0 });
    await store().sockets.log([{ id: lived, time: OPEN_MS, topic: 't', recipients: 0, data: null }]);
    const removed = await store().maintenance.applyRetention(now);
    for (const table of ['market_ticks', 'market_quotes', 'feature_values', 'websocket_connections', 'websocket_message_log']) {
      expect([table, removed[table]]).toEqual([table, expect.any(Number)]);
      expect(removed[table]).toBeGreaterThan(0);
    }
    expect((await store().market.trades(recorded, {})).items).toHaveLength(1);
    expect((await store().market.quotes(recorded, {})).items).toHaveLength(1);
    expect((await store().features.history(recorded, 'rsi_14', {})).items).toHaveLength(1);
    expect((await store().market.trades(lived, {})).items.map((trade) => trade.seq)).toEqual([1]);
    expect((await store().market.quotes(lived, {})).items).toEqual([]);
    expect(await store().maintenance.applyRetention(now)).toMatchObject({ market_ticks: 0, market_quotes: 0, websocket_message_log: 0 });
  });

  it('tells which messages were handled before, per engine and until they expire', async () => {
    const { maintenance } = store();
    const later = Date.now() + DAY_MS;
    expect(await maintenance.markProcessed('vpin', ['a', 'b', 'b'], later)).toEqual([]);
    expect(await maintenance.markProcessed('vpin', ['b', 'c', 'a'], later)).toEqual(['b', 'a']);
    expect(await maintenance.markProcessed('features', ['a'], later)).toEqual([]);
    expect(await maintenance.markProcessed('vpin', ['gone'], Date.now() - 1)).toEqual([]);
    expect(await maintenance.markProcessed('vpin', ['gone'], later)).toEqual([]);
    await maintenance.applyRetention(later + 1);
    expect(await maintenance.markProcessed('vpin', ['a'], later)).toEqual([]);
  });
}
