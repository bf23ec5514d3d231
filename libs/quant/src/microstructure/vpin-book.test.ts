import { describe, expect, it } from '@jest/globals';
import type { Quote, Trade } from '@nautilus/model';
import { QuoteBook } from './quote-book.ts';
import { VpinBook, type VpinEntryState } from './vpin-book.ts';
import { VPIN_STREAM_DEFAULTS } from './vpin-stream.ts';

const DEFAULTS = { ...VPIN_STREAM_DEFAULTS, bucketVolume: 500, sampleLength: 3 };
const T0 = Date.UTC(2024, 0, 2, 15);

const trade = (i: number, symbol = 'IBM'): Trade =>
  ({
    symbol, ts_event_ns: BigInt(T0 + 20_000 * i) * 1_000_000n, price: 100 + Math.sin(i), size: 50 + (i % 7), suspicious: i % 31 === 0,
    run_id: 'r', source: 's', provenance: 'replay',
  }) as unknown as Trade;
const take = (book: VpinBook, from: number, to: number): unknown[] => Array.from({ length: to - from }, (_, i) => book.take(trade(from + i))?.closed ?? []).flat();

describe('the book of all streams', () => {
  it('goes on bit for bit where a snapshot was taken, with what operators had set', () => {
    const whole = new VpinBook(DEFAULTS);
    whole.configure('IBM', { bucketVolume: 700 });
    const expected = take(whole, 0, 400);

    const first = new VpinBook(DEFAULTS);
    first.configureDefaults({ sigmaBars: 500 });
    first.configure('IBM', { bucketVolume: 700, sampleLength: 4 });
    first.configure('IBM', { sampleLength: 3 });
    first.configureDefaults({ sigmaBars: DEFAULTS.sigmaBars });
    first.unsubscribe('GONE');
    const before = take(first, 0, 150);
    first.setRegime('IBM', 'high');
    const [state, settings] = [first.snapshot('IBM'), first.settings()];
    take(first, 150, 160);

    const second = new VpinBook(DEFAULTS);
    second.restoreSettings(settings);
    expect(second.restore('IBM', state as VpinEntryState)).toBe(true);
    expect(second.get('IBM')).toMatchObject({ regime: 'high', runId: 'r', source: 's', provenance: 'replay', readings: before });
    expect([...before, ...take(second, 150, 400)]).toEqual(expected);
    expect(second.get('IBM')?.outcomes).toEqual(whole.get('IBM')?.outcomes);
    expect(second.unsubscribed()).toEqual(['GONE']);
    expect(second.snapshot('IBM')).toEqual({ ...whole.snapshot('IBM'), regime: 'high' });
    expect(second.snapshot('OTHER')).toBeUndefined();
  });

  it('leaves out a state of other parameters', () => {
    const first = new VpinBook(DEFAULTS);
    take(first, 0, 50);
    const second = new VpinBook({ ...DEFAULTS, bucketVolume: 501 });
    expect(second.restore('IBM', first.snapshot('IBM') as VpinEntryState)).toBe(false);
    expect(second.get('IBM')).toBeUndefined();
  });
});

describe('the book of all quotes', () => {
  it('shows the same after a restore', () => {
    const quote = (i: number): Quote =>
      ({ symbol: 'IBM', ts_event_ns: BigInt(T0 + i) * 1_000_000n, bid: 99 + (i % 3), bid_size: 10 + i, ask: 102 + (i % 2), ask_size: 5 + i, venue: 'V', exchange: `X${i % 4}`, suspicious: false, run_id: 'r', provenance: 'replay' }) as unknown as Quote;
    const [first, second] = [new QuoteBook('venues'), new QuoteBook('venues')];
    for (let i = 0; i < 10; i++) first.take(quote(i));
    second.restore('IBM', first.snapshot('IBM')!);
    for (let i = 10; i < 13; i++) for (const book of [first, second]) book.take(quote(i));
    for (const side of ['bid', 'ask'] as const) expect(second.get('IBM')?.quote.levels(side)).toEqual(first.get('IBM')?.quote.levels(side));
    expect(second.snapshot('IBM')).toEqual(first.snapshot('IBM'));
    expect(second.snapshot('OTHER')).toBeUndefined();
  });
});
