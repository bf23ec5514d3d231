import { CorruptDataError, NotFoundError } from '@nautilus/model';
import { blackScholesGreeks, impliedVolatility, type OptionContract, type OptionGreeks, type OptionMarket, type OptionRight } from '@nautilus/quant';
import { DISCOUNT_RATE, heldOn, interestRates } from './dated-values.ts';
import { dayIn, numberIn, optionalNumberIn, recordedFiles, recordedTable } from './recorded-table.ts';

const DAYS_PER_YEAR = 365;
const DAY_MS = 86_400_000;

/** The vendor tells neither its model nor its units. */
export interface RecordedGreeks {
  readonly implied_volatility: number;
  readonly delta: number;
  readonly gamma: number;
  readonly vega: number;
  readonly theta: number;
  readonly rho: number;
}

export interface ChainRequest {
  readonly symbol: string;
  /** The newest recorded day by default. */
  readonly date?: string | undefined;
  /** Continuously compounded, a year; the discount rate of the day by default, 0 where none is recorded. */
  readonly rate?: number | undefined;
  /** Continuous, a year; 0 by default. */
  readonly dividendYield?: number | undefined;
}

export interface OptionQuote {
  readonly expiry: string;
  readonly strike: number;
  readonly right: OptionRight;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number | null;
  readonly open_interest: number | null;
  /** As recorded; null where the vendor gave none. */
  readonly recorded: RecordedGreeks | null;
  /** Of Black & Scholes at the implied volatility of the close; null with a reason where there is none. */
  readonly computed: (Omit<OptionGreeks, 'value'> & { readonly implied_volatility: number }) | null;
  readonly reason?: string;
}

export interface OptionChain {
  readonly date: string;
  readonly spot: number;
  /** With which the greeks were computed. */
  readonly rate: number;
  readonly dividend_yield: number;
  readonly quotes: readonly OptionQuote[];
}

const FILE = /^(.+)_universe_(\d{8})\.csv$/;

/** Recorded days by symbol, ascending. */
async function recordedChains(dataDirectory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const days = new Map<string, string[]>();
  for (const file of await recordedFiles(dataDirectory, 'options')) {
    const [, symbol, day] = FILE.exec(file) ?? [];
    if (symbol !== undefined && day !== undefined) days.set(symbol, [...(days.get(symbol) ?? []), dayIn(day)]);
  }
  return days;
}

/**
 * The options on a symbol at the close of a day. The computed greeks take the options for European; years are days to expiry over 365.
 * @throws NotFoundError for a symbol or day of which nothing is recorded, with what is
 */
export async function optionChain({ symbol, date, rate, dividendYield = 0 }: ChainRequest, dataDirectory: string): Promise<OptionChain> {
  const known = await recordedChains(dataDirectory);
  const days = known.get(symbol);
  if (days === undefined) throw new NotFoundError('option chain', `no options on ${symbol} are recorded here`, { known: [...known.keys()] });
  const day = date ?? days.at(-1) ?? '';
  if (!days.includes(day)) throw new NotFoundError('option chain', `no options on ${symbol} are recorded for ${day}`, { dates: days });
  const file = `${symbol}_universe_${day.replaceAll('-', '')}.csv`;
  const [underlying, ...rows] = (await recordedTable(dataDirectory, 'options', file)) ?? [];
  const spot = underlying === undefined ? null : optionalNumberIn(underlying, 'close');
  if (spot === null || !(spot > 0)) throw new CorruptDataError(`${file}: the first row holds no price of the underlying`);
  const market = { spot, rate: rate ?? (await discountRate(day, dataDirectory)), dividendYield };
  return { date: day, spot, rate: market.rate, dividend_yield: dividendYield, quotes: rows.map((row) => quoteOf(row, day, market)) };
}

async function discountRate(day: string, dataDirectory: string): Promise<number> {
  const held = heldOn(await interestRates(DISCOUNT_RATE, dataDirectory), day);
  return held === undefined ? 0 : Math.log1p(held.percent / 100);
}

function quoteOf(row: Readonly<Record<string, string>>, day: string, market: OptionMarket): OptionQuote {
  const number = (name: string): number => numberIn(row, name);
  const expiry = dayIn(row['expiry'] ?? '');
  const right = row['right'] === 'P' ? 'put' : 'call';
  const [strike, close] = [number('strike'), number('close')];
  const years = (Date.parse(expiry) - Date.parse(day)) / DAY_MS / DAYS_PER_YEAR;
  return {
    expiry, strike, right, open: number('open'), high: number('high'), low: number('low'), close, volume: optionalNumberIn(row, 'volume'), open_interest: optionalNumberIn(row, 'open_interest'),
    recorded: (optionalNumberIn(row, 'implied_volatility') ?? 0) > 0
      ? { implied_volatility: number('implied_volatility'), delta: number('delta'), gamma: number('gamma'), vega: number('vega'), theta: number('theta'), rho: number('rho') }
      : null,
    ...computed({ right, strike, years }, market, close),
  };
}

function computed(contract: OptionContract, market: OptionMarket, close: number): Pick<OptionQuote, 'computed' | 'reason'> {
  if (!(close > 0)) return { computed: null, reason: 'no price is recorded' };
  const found = impliedVolatility(contract, market, close);
  if (found.volatility === undefined) return { computed: null, reason: found.reason };
  const { value: _value, ...greeks } = blackScholesGreeks(contract, market, found.volatility);
  return { computed: { implied_volatility: found.volatility, ...greeks } };
}
