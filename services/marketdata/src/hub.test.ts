import { beforeEach, describe, expect, it } from '@jest/globals';
import { nsFromMs, type Bar, type PriceUpdate, type Quote, type Trade, type VolumeUpdate } from '@nautilus/model';
import { FakeClock } from '@nautilus/testkit';
import type { MarketEvent } from './events.ts';
import { Hub, REPLAY_LANE } from './hub.ts';
import { Outbox } from './outbox.ts';

const OPEN = Date.parse('2013-10-07T13:30:00Z');
let sent: { topic: string; payload: unknown; provenance: string | undefined }[];
let counted: string[];
let clock: FakeClock;
let hub: Hub;
let isOpen: boolean;

beforeEach(() => {
  sent = [];
  counted = [];
  isOpen = true;
  clock = new FakeClock(1_000_000);
  const outbox = new Outbox({
    publish: async (topic, payload, { provenance }) => void sent.push({ topic, payload, provenance }),
    monotonic: () => clock.monotonic(), delay: async () => undefined, onLatency: () => undefined, onRefused: () => undefined,
  });
  hub = new Hub({
    outbox, now: () => clock.now(), anchor: () => OPEN,
    onRejected: (reason) => void counted.push(reason), onFlagged: (flag) => void counted.push(flag), onProvenance: (provenance) => void counted.push(provenance),
    isInSession: () => isOpen, onQuiet: (source, symbol) => void counted.push(`${source} ${symbol}`),
  });
});

const head = { symbol: 'BRK.B', venue: 'XNYS', ts_ingest_ns: nsFromMs(0), seq: 0, source: 'test', provenance: 'replay' as const, run_id: 'run', exchange: 'N', condition: '', suspicious: false };
const trade = (seconds: number, price: number, size: number, more: Partial<Trade> = {}): MarketEvent =>
  ({ type: 'trade', event: { ...head, ts_event_ns: nsFromMs(OPEN + seconds * 1000), price, size, ...more } });
const quote = (seconds: number, more: Partial<Quote>): MarketEvent =>
  ({ type: 'quote', event: { ...head, ts_event_ns: nsFromMs(OPEN + seconds * 1000), bid: null, bid_size: null, ask: null, ask_size: null, ...more } });
const of = <T>(prefix: string): T[] => sent.filter(({ topic }) => topic.startsWith(prefix)).map(({ payload }) => payload as T);

describe('an event on its way to the bus', () => {
  it('goes out unchanged under its symbol, with its provenance on the envelope', () => {
    const item = trade(1, 10, 100);
    expect(hub.take(REPLAY_LANE, item)).toBeUndefined();
    expect(sent[0]).toEqual({ topic: 'market_data.tick.BRK-B', payload: item.event, provenance: 'replay' });
    expect(sent.every(({ provenance }) => provenance === 'replay')).toBe(true);
    expect(counted).toEqual(['replay']);
  });

  it('does not go out when a calculation would be poisoned by it, and is counted by reason', () => {
    expect(hub.take(REPLAY_LANE, trade(1, 0, 100))).toBe('price_not_positive');
    expect(sent).toEqual([]);
    expect(counted).toEqual(['price_not_positive']);
    expect(hub.figures('test', 'BRK.B')).toMatchObject({ messages: 0, rejected: 1 });
  });

  it('is sent but not aggregated when its price is suspicious or its size 0', () => {
    hub.take(REPLAY_LANE, trade(1, 10, 100));
    hub.take(REPLAY_LANE, trade(2, 99, 100, { suspicious: true }));
    hub.take(REPLAY_LANE, trade(3, 50, 0));
    hub.endSession(REPLAY_LANE);
    expect(of<Trade>('market_data.tick')).toHaveLength(3);
    expect(of<Bar>('market_data.bar')).toMatchObject([{ high: 10, volume: 100, trade_count: 1 }]);
    expect(of<PriceUpdate>('price.update').map(({ price }) => price)).toEqual([10]);
    expect(hub.lastSeen('BRK.B')?.trade?.price).toBe(10);
  });

  it('is marked suspicious when bid lies above ask', () => {
    hub.take(REPLAY_LANE, quote(1, { bid: 11, ask: 10 }));
    expect(of<Quote>('market_data.quote')[0]?.suspicious).toBe(true);
    expect(hub.lastSeen('BRK.B')?.bid).toBeUndefined();
  });

  it('ends bars of every symbol by its time, also when it is a quote', () => {
    hub.take(REPLAY_LANE, trade(1, 10, 100));
    hub.take(REPLAY_LANE, quote(61, { symbol: 'IBM', bid: 5 }));
    expect(of('market_data.bar')).toHaveLength(0);
    hub.take(REPLAY_LANE, quote(62, { symbol: 'IBM', bid: 5 }));
    expect(of<Bar>('market_data.bar')).toMatchObject([{ symbol: 'BRK.B', is_final: true, revision: 0, run_id: 'run' }]);
  });
});

describe('price and volume updates', () => {
  it('come at most every 250 ms of processing time, and the latest is never lost', () => {
    for (let n = 1; n <= 50; n += 1) hub.take(REPLAY_LANE, trade(n / 100, n, 10));
    expect(of('price.update')).toMatchObject([{ price: 1 }]);
    hub.tick();
    expect(of('price.update')).toHaveLength(1);
    clock.advance(250);
    hub.tick();
    hub.tick();
    expect(of('price.update')).toMatchObject([{ price: 1 }, { price: 50 }]);
    expect(of<VolumeUpdate>('volume.update').map(({ volume, cumulative_volume: all }) => [volume, all])).toEqual([[10, 10], [490, 500]]);
  });
});

describe('a stream that begins anew', () => {
  it('drops its bar in the making and its last values, and leaves other streams alone', () => {
    hub.take(REPLAY_LANE, trade(1, 10, 100));
    hub.take('desk', trade(1, 20, 100, { symbol: 'IBM', source: 'desk', provenance: 'live', run_id: null }));
    expect(hub.lastSeen('BRK.B')?.bar).toMatchObject({ is_final: false, close: 10 });
    hub.begin(REPLAY_LANE);
    expect(hub.lastSeen('BRK.B')).toBeUndefined();
    expect(hub.lastSeen('IBM')?.trade?.price).toBe(20);
    hub.take(REPLAY_LANE, trade(0.5, 12, 7));
    hub.endSession(REPLAY_LANE);
    expect(of<Bar>('market_data.bar')).toMatchObject([{ open: 12, volume: 7 }]);
  });
});

describe('a live stream that falls silent', () => {
  const live = (): void => {
    for (let i = 0; i < 15; i += 1) {
      clock.advance(1_000);
      hub.take('desk', trade(i, 10, 100, { source: 'desk', provenance: 'live' }));
    }
    counted.length = 0;
  };

  it('is flagged as stale and told, within a session', () => {
    live();
    clock.advance(5_000);
    hub.tick();
    expect(counted).toEqual([]);
    clock.advance(1);
    hub.tick();
    hub.tick();
    expect(counted).toEqual(['stale', 'desk BRK.B']);
  });

  it('is in order out of sessions, and a replay has its own time', () => {
    live();
    isOpen = false;
    clock.advance(60_000);
    hub.tick();
    isOpen = true;
    hub.tick();
    for (let i = 0; i < 15; i += 1) hub.take(REPLAY_LANE, trade(i, 10, 100));
    counted.length = 0;
    clock.advance(60_000);
    hub.tick();
    expect(counted).toEqual([]);
  });
});
