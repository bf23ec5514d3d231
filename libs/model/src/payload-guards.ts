import { InvalidInputError, type Problem } from './errors.ts';
import type { Bar, Quote, Trade } from './market-events.ts';

/**
 * Guards for the hot path: about fifty times cheaper than a schema, and as strict where wrong values would
 * poison a calculation. A handler calls one on each payload; what fails goes to the dead letters.
 */

type Fields = Readonly<Record<string, unknown>>;

function asFields(payload: unknown): Fields {
  if (typeof payload !== 'object' || payload === null) throw new InvalidInputError([{ path: 'payload', message: 'not an object' }]);
  return payload as Fields;
}

function check(problems: Problem[], holds: boolean, path: string, message: string): void {
  if (!holds) problems.push({ path, message });
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isPositive = (value: unknown): boolean => typeof value === 'number' && value > 0 && value < Infinity;
const isAmount = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < Infinity;
const orNull = (holds: (value: unknown) => boolean) => (value: unknown): boolean => value === null || holds(value);

function checkEvent(fields: Fields, problems: Problem[]): void {
  check(problems, isText(fields['symbol']), 'payload.symbol', 'a symbol is required');
  check(problems, typeof fields['ts_event_ns'] === 'bigint', 'payload.ts_event_ns', 'nanoseconds as bigint are required');
  check(problems, Number.isSafeInteger(fields['seq']), 'payload.seq', 'a whole number is required');
}

function passed<T>(fields: Fields, problems: Problem[]): T {
  if (problems.length > 0) throw new InvalidInputError(problems);
  return fields as unknown as T;
}

/** Throws InvalidInputError naming every field that is wrong. A zero size is allowed; consumers ignore it. */
export function asTrade(payload: unknown): Trade {
  const fields = asFields(payload);
  const problems: Problem[] = [];
  checkEvent(fields, problems);
  check(problems, isPositive(fields['price']), 'payload.price', 'a positive finite number is required');
  check(problems, isAmount(fields['size']), 'payload.size', 'a finite number of at least 0 is required');
  return passed<Trade>(fields, problems);
}

export function asQuote(payload: unknown): Quote {
  const fields = asFields(payload);
  const problems: Problem[] = [];
  checkEvent(fields, problems);
  for (const side of ['bid', 'ask'] as const) {
    check(problems, orNull(isPositive)(fields[side]), `payload.${side}`, 'null or a positive finite number is required');
    check(problems, orNull(isAmount)(fields[`${side}_size`]), `payload.${side}_size`, 'null or a finite number of at least 0 is required');
  }
  return passed<Quote>(fields, problems);
}

export function asBar(payload: unknown): Bar {
  const fields = asFields(payload);
  const problems: Problem[] = [];
  check(problems, isText(fields['symbol']), 'payload.symbol', 'a symbol is required');
  for (const name of ['open', 'high', 'low', 'close'] as const) {
    check(problems, isPositive(fields[name]), `payload.${name}`, 'a positive finite number is required');
  }
  check(problems, isAmount(fields['volume']), 'payload.volume', 'a finite number of at least 0 is required');
  check(problems, Number.isFinite(fields['start_ms']) && Number(fields['end_ms']) > Number(fields['start_ms']), 'payload.end_ms', 'the bar must end after it starts');
  check(problems, Number(fields['high']) >= Number(fields['low']), 'payload.high', 'below low');
  return passed<Bar>(fields, problems);
}
