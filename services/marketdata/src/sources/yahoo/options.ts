import { MINUTE_MS } from '../freshness.ts';
import { jsonOf } from '../json-body.ts';
import { MalformedError, RefusedError, type Endpoint } from '../source.ts';
import { listOf, numberOf, objectOf, requiredText, textOf } from '../values.ts';
import { showing, type WithPass } from './session.ts';

export interface OptionRecord {
  readonly kind: 'option';
  readonly symbol: string;
  readonly underlying: string;
  readonly right: 'call' | 'put';
  readonly expires: string;
  readonly strike: number;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly last: number | null;
  readonly volume: number | null;
  readonly openInterest: number | null;
  /** As a fraction a year. */
  readonly impliedVolatility: number | null;
  readonly currency: string | null;
}

/** Dates for which there are options, besides those of the date asked for. */
export interface ExpiryRecord {
  readonly kind: 'expiry';
  readonly underlying: string;
  readonly date: string;
}

/** Expiries, then the chain of one of them (the nearest unless a date is given). */
export const optionChain: Endpoint<WithPass & { readonly symbol: string; readonly expires?: string }, ExpiryRecord | OptionRecord> = {
  name: 'options',
  freshMs: () => MINUTE_MS,
  request: ({ symbol, expires, pass }) => ({
    path: `/v7/finance/options/${encodeURIComponent(symbol)}`, query: { date: expires === undefined ? undefined : Date.parse(`${expires}T00:00:00Z`) / 1000 }, ...showing(pass),
  }),
  parse(response, { symbol }) {
    const results = listOf(objectOf(objectOf(jsonOf(response), 'the answer')['optionChain'], 'optionChain')['result'], 'result');
    if (results.length === 0) throw new RefusedError({ fault: 'not_found', message: `no options on ${symbol}` });
    const result = objectOf(results[0], 'result');
    const underlying = requiredText(result['underlyingSymbol'], 'underlyingSymbol');
    const expiries = listOf(result['expirationDates'], 'expirationDates').map((seconds): ExpiryRecord => ({ kind: 'expiry', underlying, date: dayOf(seconds) }));
    const chains = listOf(result['options'], 'options').map((entry) => objectOf(entry, 'a chain'));
    const contracts = chains.flatMap((chain) => [
      ...listOf(chain['calls'], 'calls').map((contract) => contractOf(contract, underlying, 'call')), ...listOf(chain['puts'], 'puts').map((contract) => contractOf(contract, underlying, 'put')),
    ]);
    return { records: [...expiries, ...contracts] };
  },
};

function contractOf(value: unknown, underlying: string, right: OptionRecord['right']): OptionRecord {
  const contract = objectOf(value, 'a contract');
  const number = (name: string): number | null => numberOf(contract[name], name);
  const strike = number('strike');
  if (strike === null) throw new MalformedError('a contract without a strike');
  return {
    kind: 'option', symbol: requiredText(contract['contractSymbol'], 'contractSymbol'), underlying, right, expires: dayOf(contract['expiration']), strike,
    // The service writes 0 for a side that nobody quotes.
    bid: number('bid') || null, ask: number('ask') || null, last: number('lastPrice'), volume: number('volume'), openInterest: number('openInterest'),
    impliedVolatility: number('impliedVolatility'), currency: textOf(contract['currency'], 'currency'),
  };
}

/** Expiries are given as midnight UTC of the day. */
function dayOf(seconds: unknown): string {
  const time = numberOf(seconds, 'expiration');
  if (time === null) throw new MalformedError('an expiry without a date');
  return new Date(time * 1000).toISOString().slice(0, 10);
}
