import { InvalidInputError } from '@nautilus/model';

/**
 * One indicator of one series, fed value by value. `update` is undefined while the indicator warms up and never NaN.
 * `snapshot` is plain JSON; an indicator of the same parameters that restores it continues bit for bit.
 */
export interface Indicator<Input, Output = number, State = unknown> {
  update(input: Input): Output | undefined;
  snapshot(): State;
  restore(state: State): void;
}

/** What the kernels read of a bar. */
export interface PriceBar {
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** A bar of which the opening price matters too. */
export interface OhlcBar extends PriceBar {
  readonly open: number;
}

/** Two values of the same moment. */
export interface ValuePair {
  readonly x: number;
  readonly y: number;
}

/**
 * Whose starts and corner cases an indicator follows: TA-Lib 0.4 (the default), Skender.Stock.Indicators or Tulip
 * Indicators. An indicator that takes a convention says where they differ.
 */
export type IndicatorConvention = 'talib' | 'skender' | 'tulip';

/** Bars as columns of equal length. */
export interface BarColumns {
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

export interface OhlcColumns extends BarColumns {
  readonly open: Float64Array;
}

/** `values[i]` belongs to input `begIdx + i`; when the input is too short, `values` is empty and `begIdx` its length. */
export interface IndicatorSeries {
  readonly begIdx: number;
  readonly values: Float64Array;
}

const invalid = (path: string, message: string): never => {
  throw new InvalidInputError([{ path, message }]);
};

/** @throws InvalidInputError when `value` is not a whole number of at least `least`. */
export function checkLength(value: number, least = 1, path = 'length'): number {
  return Number.isInteger(value) && value >= least ? value : invalid(path, `must be a whole number of at least ${least}`);
}

/** @throws InvalidInputError for NaN and infinities. */
export function checkValue(value: number): number {
  return Number.isFinite(value) ? value : invalid('value', 'must be finite');
}

/** @throws InvalidInputError when `value` is not within `least` … `most`. */
export function checkWithin(value: number, least: number, most: number, path: string): number {
  return value >= least && value <= most ? value : invalid(path, `must be within ${least} … ${most}`);
}

/** @throws InvalidInputError for non-finite or non-positive prices, high below low, close outside, negative volume. */
export function checkBar(bar: PriceBar): void {
  const { high, low, close, volume } = bar;
  if (!(low > 0 && high < Infinity)) invalid('bar', 'prices must be positive and finite');
  if (!(low <= close && close <= high)) invalid('bar', 'must hold low <= close <= high');
  if (!(volume >= 0 && volume < Infinity)) invalid('bar.volume', 'must be finite and not negative');
}

/** @throws InvalidInputError as `checkBar`, and for an open outside the bar's range. */
export function checkOhlcBar(bar: OhlcBar): void {
  checkBar(bar);
  if (!(bar.low <= bar.open && bar.open <= bar.high)) invalid('bar', 'must hold low <= open <= high');
}

/** Feeds the inputs in order and collects what came out. The batch form of an indicator, so both agree by construction. */
export function collect<Input>(indicator: Indicator<Input>, length: number, inputAt: (i: number) => Input): IndicatorSeries {
  const values = new Float64Array(length);
  let begIdx = length;
  for (let i = 0; i < length; i++) {
    const output = indicator.update(inputAt(i));
    if (output === undefined) continue;
    if (begIdx === length) begIdx = i;
    values[i] = output;
  }
  return { begIdx, values: values.subarray(begIdx) };
}

/** One column for each name; `[i]` of a column belongs to input `begIdx + i`. */
export type NamedSeries<Name extends string> = { readonly begIdx: number } & { readonly [name in Name]: Float64Array };

/** As `collect`, for indicators whose output is a record of numbers: one column per name. */
export function collectNamed<Input, Name extends string>(
  indicator: Indicator<Input, { readonly [name in Name]: number }>,
  length: number,
  inputAt: (i: number) => Input,
  names: readonly Name[],
): NamedSeries<Name> {
  const columns = names.map((name) => ({ name, values: new Float64Array(length) }));
  let begIdx = length;
  for (let i = 0; i < length; i++) {
    const output = indicator.update(inputAt(i));
    if (output === undefined) continue;
    if (begIdx === length) begIdx = i;
    for (const { name, values } of columns) values[i] = output[name];
  }
  const named = Object.fromEntries(columns.map(({ name, values }) => [name, values.subarray(begIdx)])) as { readonly [name in Name]: Float64Array };
  return { begIdx, ...named };
}

/** As `collect`, for indicators whose outputs start at different bars: one output per input, undefined where there is none. */
export function collectRows<Input, Output>(indicator: Indicator<Input, Output>, length: number, inputAt: (i: number) => Input): (Output | undefined)[] {
  return Array.from({ length }, (_, i) => indicator.update(inputAt(i)));
}

export function valueAt(values: Float64Array): (i: number) => number {
  return (i) => values[i] ?? NaN;
}

/** @throws InvalidInputError when the columns differ in length. */
export function barAt(bars: BarColumns): (i: number) => PriceBar {
  const { high, low, close, volume } = bars;
  if (high.length !== close.length || low.length !== close.length || volume.length !== close.length) invalid('bars', 'columns differ in length');
  return (i) => ({ high: high[i] ?? NaN, low: low[i] ?? NaN, close: close[i] ?? NaN, volume: volume[i] ?? NaN });
}

/** @throws InvalidInputError when the columns differ in length. */
export function ohlcAt(bars: OhlcColumns): (i: number) => OhlcBar {
  const { open, high, low, close, volume } = bars;
  barAt(bars);
  if (open.length !== close.length) invalid('bars', 'columns differ in length');
  return (i) => ({ open: open[i] ?? NaN, high: high[i] ?? NaN, low: low[i] ?? NaN, close: close[i] ?? NaN, volume: volume[i] ?? NaN });
}

/** @throws InvalidInputError when the columns differ in length. */
function pairAt(x: Float64Array, y: Float64Array): (i: number) => ValuePair {
  if (x.length !== y.length) invalid('pairs', 'columns differ in length');
  return (i) => ({ x: x[i] ?? NaN, y: y[i] ?? NaN });
}

/** The batch forms of an indicator over values, bars, bars with open, and pairs. */
export const overValues = (indicator: Indicator<number>, values: Float64Array): IndicatorSeries => collect(indicator, values.length, valueAt(values));
export const overBars = (indicator: Indicator<PriceBar>, bars: BarColumns): IndicatorSeries => collect(indicator, bars.close.length, barAt(bars));
export const overOhlc = (indicator: Indicator<OhlcBar>, bars: OhlcColumns): IndicatorSeries => collect(indicator, bars.close.length, ohlcAt(bars));
export const overPairs = (indicator: Indicator<ValuePair>, x: Float64Array, y: Float64Array): IndicatorSeries => collect(indicator, x.length, pairAt(x, y));
