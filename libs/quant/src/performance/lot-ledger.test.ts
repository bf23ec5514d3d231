import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LotLedger } from './lot-ledger.ts';
import type { Closure, LotFill, LotMethod } from './lots.ts';
import { ProfitAndLoss } from './profit-and-loss.ts';
import { washSales } from './wash-sales.ts';

const DAY = 86_400_000;
const invalid = expect.objectContaining({ kind: 'invalid_input' }) as unknown as Error;
const METHODS: readonly LotMethod[] = ['fifo', 'lifo', 'hifo', 'average'];
const fill = (id: string, side: 'buy' | 'sell', quantity: number | string, price: number | string, more: Partial<LotFill> = {}): LotFill => ({ id, timeMs: 0, side, quantity, price, ...more });
const nets = (closures: readonly Closure[]): string[] => closures.map(({ lot, quantity, net }) => `${lot} ${quantity.toString()} ${net.toString()}`);

describe('lots', () => {
  const open = (method: LotMethod): LotLedger => {
    const ledger = new LotLedger({ method });
    ledger.apply(fill('a', 'buy', 10, 100));
    ledger.apply(fill('b', 'buy', 10, 130));
    ledger.apply(fill('c', 'buy', 10, 115));
    return ledger;
  };
  it.each([
    ['fifo', ['a 10 200', 'b 5 -50']],
    ['lifo', ['c 10 50', 'b 5 -50']],
    ['hifo', ['b 10 -100', 'c 5 25']],
    ['average', ['a 15 75']],
  ] as const)('%s chooses', (method, expected) => {
    const ledger = open(method);
    expect(nets(ledger.apply(fill('d', 'sell', 15, 120)).closures)).toEqual(expected);
    expect(ledger.quantity.toString()).toBe('15');
  });

  it('hifo of shorts closes the cheapest sale first', () => {
    const ledger = new LotLedger({ method: 'hifo' });
    ledger.apply(fill('a', 'sell', 10, 100));
    ledger.apply(fill('b', 'sell', 10, 130));
    expect(nets(ledger.apply(fill('c', 'buy', 10, 110)).closures)).toEqual(['a 10 -100']);
    expect(ledger.side).toBe('short');
  });

  it('specific closes what is named, and refuses what cannot be', () => {
    const ledger = open('specific');
    const sell = (lots: LotFill['lots']): LotFill => fill('d', 'sell', 12, 120, lots === undefined ? {} : { lots });
    for (const lots of [undefined, [{ lot: 'a', quantity: 10 }], [{ lot: 'x', quantity: 12 }], [{ lot: 'a', quantity: 12 }], [{ lot: 'a', quantity: 6 }, { lot: 'a', quantity: 6 }]]) {
      expect(() => ledger.apply(sell(lots))).toThrow(invalid);
    }
    expect(nets(ledger.apply(sell([{ lot: 'b', quantity: 2 }, { lot: 'a', quantity: 10 }])).closures)).toEqual(['b 2 -20', 'a 10 200']);
    expect(ledger.lots.map(({ id, quantity }) => `${id} ${quantity.toString()}`)).toEqual(['b 8', 'c 10']);
  });

  it('a fill through zero closes and opens, with its fees split by quantity', () => {
    const ledger = new LotLedger();
    ledger.apply(fill('a', 'buy', 4, 10, { fees: 2 }));
    const { closures, opened } = ledger.apply(fill('b', 'sell', 10, 11, { fees: 5 }));
    expect(nets(closures)).toEqual(['a 4 0']); // 4·(11 − 10) − 2 − 5·4/10
    expect([ledger.quantity.toString(), opened?.baseFees.toString()]).toEqual(['-6', '3']);
    expect(nets(ledger.apply(fill('c', 'buy', 6, 9)).closures)).toEqual(['b 6 9']); // 6·(11 − 9) − 3
    expect(ledger.side).toBe('flat');
  });

  it('keeps price and currency effect apart', () => {
    const ledger = new LotLedger({ multiplier: 2 });
    ledger.apply(fill('a', 'buy', 10, 100, { rate: '1.1' }));
    const marked = ledger.mark(120, '1.2');
    expect([marked.priceEffect, marked.currencyEffect, marked.value].map(String)).toEqual(['440', '240', '2880']); // 2·10·20·1.1, 2·10·120·0.1
    const [closure] = ledger.apply(fill('b', 'sell', 10, 120, { rate: '1.2', fees: 1 })).closures;
    expect([closure!.priceEffect, closure!.currencyEffect, closure!.fees, closure!.net].map(String)).toEqual(['440', '240', '1.2', '678.8']);
  });

  it('ignores a repeated fill and refuses bad ones, unchanged', () => {
    const ledger = new LotLedger();
    ledger.apply(fill('a', 'buy', 1, 10, { timeMs: 5 }));
    expect(ledger.apply(fill('a', 'buy', 1, 10, { timeMs: 5 })).applied).toBe(false);
    const before = ledger.snapshot();
    for (const bad of [fill('b', 'buy', 0, 1), fill('b', 'buy', -1, 1), fill('b', 'buy', NaN, 1), fill('b', 'buy', 1, 'x'), fill('b', 'buy', 1, 1, { timeMs: 4 }), fill('b', 'buy', 1, 1, { rate: 0 }), fill('b', 'buy', 1, 1, { timeMs: NaN })]) {
      expect(() => ledger.apply(bad)).toThrow(invalid);
    }
    expect(ledger.snapshot()).toEqual(before);
    expect(() => new LotLedger({ multiplier: 0 })).toThrow(invalid);
  });
});

const trade = fc.record({
  side: fc.constantFrom('buy' as const, 'sell' as const),
  quantity: fc.integer({ min: 1, max: 500 }).map((n) => String(n / 10)),
  price: fc.integer({ min: 1, max: 100_000 }).map((n) => String(n / 100)),
  fees: fc.integer({ min: -50, max: 200 }).map((n) => String(n / 100)),
  rate: fc.integer({ min: 50, max: 200 }).map((n) => String(n / 100)),
});
const trades = fc.array(trade, { minLength: 1, maxLength: 25 });

describe('profit and loss', () => {
  it('lines equal the change of net asset value less flows, after every step, for every method', () => {
    fc.assert(
      fc.property(trades, trades, fc.constantFrom(...METHODS), (first, second, method) => {
        const book = new ProfitAndLoss((instrument) => ({ method, multiplier: instrument === 'A' ? 1 : 50 }));
        book.flow(1_000_000);
        const steps = [['A', first] as const, ['B', second] as const].flatMap(([instrument, list]) => list.map((t, i) => [instrument, t, i] as const));
        for (const [instrument, t, i] of steps) {
          book.fill(instrument, { ...t, id: `${instrument}${i}`, timeMs: i });
          book.mark(instrument, t.price, '1.07');
          book.book('dividends', '1.5');
          book.book('borrow', '-0.3');
          book.flow('-20');
          expect(book.statement().residual.abs().lessThan('1e-25')).toBe(true);
        }
      }),
    );
  });

  it('is the same for every method once flat', () => {
    fc.assert(
      fc.property(trades, (list) => {
        const totals = METHODS.map((method) => {
          const ledger = new LotLedger({ method });
          const closures = list.flatMap((t, i) => ledger.apply({ ...t, id: String(i), timeMs: i }).closures);
          const { quantity } = ledger;
          if (!quantity.isZero()) closures.push(...ledger.apply(fill('end', quantity.isNegative() ? 'buy' : 'sell', quantity.abs().toString(), 77, { timeMs: list.length })).closures);
          expect(ledger.side).toBe('flat');
          return closures.reduce((sum, { net }) => sum + Number(net), 0);
        });
        for (const total of totals) expect(total).toBeCloseTo(totals[0]!, 7);
      }),
    );
  });

  it('continues exactly from a snapshot, at any point', () => {
    fc.assert(
      fc.property(trades, fc.nat(), fc.constantFrom(...METHODS), (list, at, method) => {
        const whole = new ProfitAndLoss(() => ({ method }));
        let other = new ProfitAndLoss(() => ({ method }));
        list.forEach((t, i) => {
          if (i === at % list.length) {
            const state = JSON.parse(JSON.stringify(other.snapshot())) as ReturnType<ProfitAndLoss['snapshot']>;
            other = new ProfitAndLoss(() => ({ method }));
            other.restore(state);
          }
          for (const book of [whole, other]) book.fill('A', { ...t, id: String(i), timeMs: i });
        });
        expect(other.snapshot()).toEqual(whole.snapshot());
      }),
    );
  });

  it('tells apart what was realised, what is open and what was paid', () => {
    const book = new ProfitAndLoss();
    book.flow(10_000);
    book.fill('A', fill('1', 'buy', 100, 20, { fees: 5 }));
    book.fill('A', fill('2', 'sell', 40, 25, { fees: 2 }));
    book.book('dividends', 30);
    expect(book.statement().unmarked).toEqual(['A']);
    book.mark('A', 22);
    const { lines, netAssetValue, total, unmarked } = book.statement();
    expect([lines.realisedPrice, lines.unrealisedPrice, lines.fees, lines.dividends, total, netAssetValue].map(String)).toEqual(['200', '120', '-7', '30', '343', '10343']);
    expect(unmarked).toEqual([]);
    expect(book.fill('A', fill('2', 'sell', 40, 25)).applied).toBe(false);
    expect(() => book.mark('A', NaN)).toThrow(invalid);
  });
});

describe('wash sales', () => {
  const play = (fills: readonly LotFill[]): ReturnType<typeof washSales> => {
    const ledger = new LotLedger();
    const closures: Closure[] = [];
    const openings: Parameters<typeof washSales>[1][number][] = [];
    for (const one of fills) {
      const { closures: closed, opened } = ledger.apply(one);
      closures.push(...closed);
      if (opened !== undefined) openings.push({ lot: opened.id, openedMs: opened.openedMs, quantity: opened.quantity, side: ledger.side === 'short' ? 'short' : 'long' });
    }
    return washSales(closures, openings);
  };
  const sold = [fill('a', 'buy', 100, 20), fill('b', 'sell', 100, 15, { timeMs: 100 * DAY })];
  it('flags a loss that is bought again within 30 days, by the quantity bought', () => {
    const [flag, ...others] = play([...sold, fill('c', 'buy', 60, 16, { timeMs: 130 * DAY })]);
    expect(others).toEqual([]);
    expect([flag!.quantity, flag!.disallowedLoss].map(String)).toEqual(['60', '300']);
    expect(flag!.replacements.map(({ lot, quantity }) => `${lot} ${quantity.toString()}`)).toEqual(['c 60']);
  });
  it('does not flag a later purchase, a gain, or the sale of everything bought', () => {
    expect(play([...sold, fill('c', 'buy', 60, 16, { timeMs: 131 * DAY })])).toEqual([]);
    expect(play([fill('a', 'buy', 10, 20), fill('b', 'sell', 10, 25), fill('c', 'buy', 10, 20)])).toEqual([]);
    expect(play([fill('a', 'buy', 10, 20), fill('b', 'buy', 10, 22, { timeMs: DAY }), fill('c', 'sell', 20, 15, { timeMs: 2 * DAY })])).toEqual([]);
  });
  it('flags what was bought before and kept, once', () => {
    const flags = play([fill('a', 'buy', 10, 20), fill('b', 'buy', 4, 15, { timeMs: 90 * DAY }), fill('c', 'sell', 5, 10, { timeMs: 100 * DAY }), fill('d', 'sell', 5, 10, { timeMs: 101 * DAY })]);
    expect(flags.map(({ quantity }) => quantity.toString())).toEqual(['4']);
  });
});
