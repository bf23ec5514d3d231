import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blackScholesValue } from '../../options/black-scholes.ts';
import type { MarginPosition, OptionPosition, StockPosition, UnderlyingClass } from '../margin-position.ts';
import { portfolioMargin } from './portfolio-margin.ts';

const stock = (quantity: number, underlyingClass: UnderlyingClass = 'equity', underlying = 'XYZ'): StockPosition => ({ kind: 'stock', id: `${underlying} stock`, underlying, underlyingClass, quantity, price: 100 });
const option = (id: string, quantity: number, right: 'call' | 'put', strike: number, volatility: number, extra: Partial<OptionPosition> = {}): OptionPosition => {
  const years = extra.years ?? 0.25;
  return { kind: 'option', id, underlying: 'XYZ', underlyingClass: 'equity', quantity, right, strike, years, multiplier: 100, underlyingPrice: 100, price: blackScholesValue({ right, strike, years }, { spot: 100 }, volatility), ...extra };
};

describe('portfolio margin by hand', () => {
  it.each([['equity', 1_500], ['narrow_index', 1_500], ['broad_index', 1_000], ['large_cap_broad_index', 800]] as const)('100 long at 100 in class %s needs %d', (underlyingClass, requirement) => {
    expect(portfolioMargin([stock(100, underlyingClass)]).requirement).toBe(requirement);
  });

  it('short in a large-cap index needs the rise of 6 %, the moves are equidistant', () => {
    const found = portfolioMargin([stock(-100, 'large_cap_broad_index')]);
    expect(found.requirement).toBe(600);
    expect(Array.from(found.groups[0]!.moves, (move) => Number(move.toFixed(12)))).toEqual([-0.08, -0.064, -0.048, -0.032, -0.016, 0.012, 0.024, 0.036, 0.048, 0.06]);
  });

  it('a conversion is riskless but for the least amount per contract', () => {
    const book = [stock(100), option('put', 1, 'put', 100, 0.3), option('call', -1, 'call', 100, 0.3)];
    expect(portfolioMargin(book)).toMatchObject({ requirement: 75, partial: [], withoutVolatility: [] });
    expect(portfolioMargin(book, { minimumPerUnit: 0 }).requirement).toBe(0);
  });

  it('revalues options at their own volatility', () => {
    const short = option('call', -2, 'call', 105, 0.4);
    const loss = 200 * (blackScholesValue(short, { spot: 115 }, 0.4) - blackScholesValue(short, { spot: 100 }, 0.4));
    expect(portfolioMargin([short]).requirement).toBeCloseTo(loss, 2);
  });

  it('offsets 90 % of a gain between index classes at the same move', () => {
    const found = portfolioMargin([stock(100, 'broad_index', 'RUT'), stock(-100, 'large_cap_broad_index', 'SPX')]);
    // Down 10 %: −1,000 + 0.9 × 800; up: −600 + 0.9 × 1,000 is a gain.
    expect(found).toMatchObject({ requirement: 280, offset: 1_320 });
    expect(portfolioMargin([stock(100, 'equity', 'A'), stock(-100, 'equity', 'B')])).toMatchObject({ requirement: 3_000, offset: 0 });
  });

  it('takes options without time value, and refuses prices no volatility gives', () => {
    expect(portfolioMargin([option('deep', 1, 'call', 50, 0.2, { price: 49.9 })])).toMatchObject({ withoutVolatility: ['deep'], requirement: 1_500 });
    expect(() => portfolioMargin([option('dear', 1, 'call', 50, 0.2, { price: 101 })])).toThrow('positions.dear.price');
    expect(() => portfolioMargin([stock(1), option('x', 1, 'call', 50, 0.2, { underlyingClass: 'broad_index' })])).toThrow('positions.x.underlyingClass');
    expect(() => portfolioMargin([{ ...stock(1), price: undefined }])).toThrow('positions.XYZ stock.price');
    expect(portfolioMargin([{ ...stock(5), price: undefined, lastPrice: 90 }], { allowPartial: true })).toMatchObject({ requirement: 450, partial: [{ missing: ['price'] }] });
    expect(portfolioMargin([])).toMatchObject({ requirement: 0, offset: 0, groups: [] });
  });
});

const member = fc.record({
  quantity: fc.integer({ min: -20, max: 20 }), underlying: fc.constantFrom('A', 'B', 'I', 'J'), kind: fc.constantFrom('stock', 'call', 'put'),
  strike: fc.integer({ min: 70, max: 130 }), volatility: fc.double({ min: 0.1, max: 1, noNaN: true }), years: fc.double({ min: 0.05, max: 2, noNaN: true }),
});
const books = fc.array(member, { maxLength: 10 }).map((rows) => rows.map((row, i): MarginPosition => {
  const [id, underlyingClass] = [`p${i}`, row.underlying === 'I' ? 'broad_index' as const : row.underlying === 'J' ? 'large_cap_broad_index' as const : 'equity' as const];
  return row.kind === 'stock' ? { ...stock(100 * row.quantity, underlyingClass, row.underlying), id } : { ...option(id, row.quantity, row.kind as 'call' | 'put', row.strike, row.volatility, { years: row.years }), underlyingClass, underlying: row.underlying };
}));

describe('laws of portfolio margin', () => {
  it('is not negative, scales with size, ignores order', () => {
    fc.assert(fc.property(books, fc.integer({ min: 2, max: 50 }), (book, factor) => {
      const { requirement, offset } = portfolioMargin(book);
      expect(Math.min(requirement, offset)).toBeGreaterThanOrEqual(0);
      expect(Math.abs(portfolioMargin(book.map((position) => ({ ...position, quantity: factor * position.quantity }))).requirement - factor * requirement)).toBeLessThan(0.01 * factor);
      expect(Math.abs(portfolioMargin(book.toReversed()).requirement - requirement)).toBeLessThan(0.011);
    }));
  });

  it('of a set is at most that of its parts', () => {
    fc.assert(fc.property(books, fc.integer({ min: 0, max: 10 }), (book, cut) => {
      expect(portfolioMargin(book).requirement).toBeLessThanOrEqual(portfolioMargin(book.slice(0, cut)).requirement + portfolioMargin(book.slice(cut)).requirement + 0.02);
    }));
  });
});
