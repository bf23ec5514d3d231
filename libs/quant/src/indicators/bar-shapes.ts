import { bodyOf, bottomOf, CandleWindow, lowerShadowOf, topOf, upperShadowOf, type Candle } from './candle-window.ts';
import { Composed } from './composed.ts';
import { collectRows, ohlcAt, type OhlcBar, type OhlcColumns } from './indicator.ts';

export const BAR_SHAPES = [
  'abandoned_baby_bear', 'abandoned_baby_bull', 'big_black_candle', 'big_white_candle', 'black_marubozu', 'doji', 'dragonfly_doji', 'engulfing_bear',
  'engulfing_bull', 'evening_doji_star', 'evening_star', 'four_price_doji', 'gravestone_doji', 'hammer', 'hanging_man', 'inverted_hammer',
  'long_legged_doji', 'marubozu', 'morning_doji_star', 'morning_star', 'shooting_star', 'spinning_top', 'star', 'three_black_crows',
  'three_white_soldiers', 'white_marubozu',
] as const;
export type BarShapeName = (typeof BAR_SHAPES)[number];

/** Lengths that the averages of the bars before the present one set, for it and for the two bars before it. */
interface Scale {
  readonly noBody: number;
  readonly shortBody: number;
  readonly longBody: number;
  readonly noShadow: number;
  readonly longShadow: number;
  readonly near: number;
}

const isWhite = ({ open, close }: Candle): boolean => close > open;
const isBlack = ({ open, close }: Candle): boolean => close < open;
const gapsUp = (now: Candle, before: Candle): boolean => bottomOf(now) >= topOf(before);
const gapsDown = (now: Candle, before: Candle): boolean => topOf(now) <= bottomOf(before);
const leavesUp = (now: Candle, before: Candle): boolean => now.low >= before.high;
const leavesDown = (now: Candle, before: Candle): boolean => now.high <= before.low;
const opensInside = (now: Candle, before: Candle): boolean => now.open < topOf(before) && now.open > bottomOf(before);

/** What holds for one bar alone. */
interface Traits {
  readonly noBody: boolean;
  readonly shortBody: boolean;
  readonly longBody: boolean;
  readonly noUpper: boolean;
  readonly longUpper: boolean;
  readonly noLower: boolean;
  readonly longLower: boolean;
}

function traitsOf(candle: Candle, scale: Scale): Traits {
  const [body, upper, lower] = [bodyOf(candle), upperShadowOf(candle), lowerShadowOf(candle)];
  return {
    noBody: body < scale.noBody,
    shortBody: body < scale.shortBody,
    longBody: body > scale.longBody,
    noUpper: upper < scale.noShadow,
    longUpper: upper > scale.longShadow,
    noLower: lower < scale.noShadow,
    longLower: lower > scale.longShadow,
  };
}

function* singleShapes(now: Candle, before: Candle, traits: Traits, near: number): Generator<BarShapeName> {
  const isMarubozu = traits.longBody && traits.noUpper && traits.noLower;
  if (traits.longBody && isBlack(now)) yield 'big_black_candle';
  if (traits.longBody && isWhite(now)) yield 'big_white_candle';
  if (isMarubozu) yield 'marubozu';
  if (isMarubozu && isBlack(now)) yield 'black_marubozu';
  if (isMarubozu && isWhite(now)) yield 'white_marubozu';
  if (traits.noBody) yield 'doji';
  if (traits.noBody && traits.noUpper && traits.longLower) yield 'dragonfly_doji';
  if (traits.noBody && traits.noUpper && traits.noLower) yield 'four_price_doji';
  if (traits.noBody && traits.longUpper && traits.noLower) yield 'gravestone_doji';
  if (traits.noBody && traits.longUpper && traits.longLower) yield 'long_legged_doji';
  if (traits.shortBody && upperShadowOf(now) > bodyOf(now) && lowerShadowOf(now) > bodyOf(now)) yield 'spinning_top';
  const hangs = traits.shortBody && traits.noUpper && traits.longLower;
  if (hangs && bottomOf(now) <= before.low + near) yield 'hammer';
  if (hangs && bottomOf(now) >= before.high - near) yield 'hanging_man';
  const stands = traits.shortBody && traits.longUpper && traits.noLower;
  if (stands && gapsDown(now, before)) yield 'inverted_hammer';
  if (stands && gapsUp(now, before)) yield 'shooting_star';
}

function* doubleShapes(now: Candle, before: Candle): Generator<BarShapeName> {
  if (leavesUp(now, before) || leavesDown(now, before)) yield 'star';
  if (isBlack(now) && isWhite(before) && now.close < before.open && now.open > before.close) yield 'engulfing_bear';
  if (isWhite(now) && isBlack(before) && now.close > before.open && now.open < before.close) yield 'engulfing_bull';
}

function* tripleShapes(now: Candle, before: Candle, earlier: Candle, scale: Scale): Generator<BarShapeName> {
  const inside = opensInside(before, earlier) && opensInside(now, before);
  if (inside && [now, before, earlier].every(isBlack)) yield 'three_black_crows';
  if (inside && [now, before, earlier].every(isWhite)) yield 'three_white_soldiers';
  if (bodyOf(earlier) <= scale.longBody) return;
  const [noBody, shortBody] = [bodyOf(before) < scale.noBody, bodyOf(before) < scale.shortBody];
  if (isWhite(earlier) && isBlack(now) && now.close <= earlier.close) {
    const aloft = gapsUp(before, earlier) && gapsDown(now, before);
    if (aloft && shortBody) yield 'evening_star';
    if (aloft && noBody) yield 'evening_doji_star';
    if (noBody && leavesUp(before, earlier) && leavesDown(now, before)) yield 'abandoned_baby_bear';
  }
  if (isBlack(earlier) && isWhite(now) && now.close >= earlier.close) {
    const below = gapsDown(before, earlier) && gapsUp(now, before);
    if (below && shortBody) yield 'morning_star';
    if (below && noBody) yield 'morning_doji_star';
    if (noBody && leavesDown(before, earlier) && leavesUp(now, before)) yield 'abandoned_baby_bull';
  }
}

/**
 * The candle patterns of Tulip by its default settings, all that end on the present bar. Against the means of the n bars
 * before it: no body below 0.05 of the range, short below 0.5 and long above 1.4 of the body; no shadow below 0.05 of
 * the range, long above 0.6 of the body; near within 0.3 of the range. Starts n, at least 2.
 */
export class BarShapes extends Composed<OhlcBar, readonly BarShapeName[]> {
  readonly #n: number;
  readonly #window: CandleWindow;

  constructor(n = 10) {
    super();
    this.#n = n;
    this.#window = this.part(new CandleWindow(n));
  }

  update(bar: OhlcBar): readonly BarShapeName[] | undefined {
    const [now, before, earlier] = this.#window.add(bar);
    if (this.#window.seen <= this.#n || before === undefined || earlier === undefined) return undefined;
    const { averageBody: body, averageRange: range } = now;
    const scale: Scale = { noBody: 0.05 * range, shortBody: 0.5 * body, longBody: 1.4 * body, noShadow: 0.05 * range, longShadow: 0.6 * body, near: 0.3 * range };
    const traits = traitsOf(now, scale);
    return [...singleShapes(now, before, traits, scale.near), ...doubleShapes(now, before), ...tripleShapes(now, before, earlier, scale)];
  }
}

export const barShapes = (bars: OhlcColumns, n?: number): (readonly BarShapeName[] | undefined)[] => collectRows(new BarShapes(n), bars.close.length, ohlcAt(bars));
