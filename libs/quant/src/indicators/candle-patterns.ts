import { bodyOf, bottomOf, CandleWindow, lowerShadowOf, topOf, upperShadowOf, type Candle } from './candle-window.ts';
import { Composed } from './composed.ts';
import { overOhlc, type IndicatorSeries, type OhlcBar, type OhlcColumns } from './indicator.ts';

export const CANDLE_PATTERNS = ['doji', 'engulfing', 'hammer', 'shootingStar', 'threeWhiteSoldiers', 'harami', 'marubozu', 'spinningTop'] as const;
export type CandlePatternName = (typeof CANDLE_PATTERNS)[number];

const colorOf = ({ open, close }: Candle): 1 | -1 => (close >= open ? 1 : -1);
const isShort = (candle: Candle): boolean => bodyOf(candle) < candle.averageBody;
const isLong = (candle: Candle): boolean => bodyOf(candle) > candle.averageBody;
const veryShortShadow = (candle: Candle): number => 0.1 * candle.averageRange;
const near = (candle: Candle): number => 0.2 * candle.averageNearRange;
const far = (candle: Candle): number => 0.6 * candle.averageNearRange;

interface Rule {
  /** Bars before the first that can be judged. */
  readonly start: number;
  /** 1 bullish or without direction, −1 bearish, 0 not there. */
  readonly judge: (now: Candle, before: Candle, earlier: Candle) => number;
}

const RULES: Readonly<Record<CandlePatternName, Rule>> = {
  doji: { start: 10, judge: (now) => (bodyOf(now) <= 0.1 * now.averageRange ? 1 : 0) },
  engulfing: {
    start: 2,
    judge: (now, before) => (colorOf(now) !== colorOf(before) && topOf(now) > topOf(before) && bottomOf(now) < bottomOf(before) ? colorOf(now) : 0),
  },
  hammer: {
    start: 11,
    judge: (now, before) =>
      isShort(now) && lowerShadowOf(now) > bodyOf(now) && upperShadowOf(now) < veryShortShadow(now) && bottomOf(now) <= before.low + near(before) ? 1 : 0,
  },
  shootingStar: {
    start: 11,
    judge: (now, before) =>
      isShort(now) && upperShadowOf(now) > bodyOf(now) && lowerShadowOf(now) < veryShortShadow(now) && bottomOf(now) > topOf(before) ? -1 : 0,
  },
  threeWhiteSoldiers: { start: 12, judge: (now, before, earlier) => (areThreeWhiteSoldiers(now, before, earlier) ? 1 : 0) },
  harami: {
    start: 11,
    judge: (now, before) =>
      isLong(before) && bodyOf(now) <= now.averageBody && topOf(now) < topOf(before) && bottomOf(now) > bottomOf(before) ? -colorOf(before) : 0,
  },
  marubozu: {
    start: 10,
    judge: (now) => (isLong(now) && upperShadowOf(now) < veryShortShadow(now) && lowerShadowOf(now) < veryShortShadow(now) ? colorOf(now) : 0),
  },
  spinningTop: {
    start: 10,
    judge: (now) => (isShort(now) && upperShadowOf(now) > bodyOf(now) && lowerShadowOf(now) > bodyOf(now) ? colorOf(now) : 0),
  },
};

function areThreeWhiteSoldiers(third: Candle, second: Candle, first: Candle): boolean {
  const stepsUp = (now: Candle, before: Candle): boolean =>
    now.close > before.close && now.open > before.open && now.open <= before.close + near(before) && bodyOf(now) > bodyOf(before) - far(before);
  const isWhite = (candle: Candle): boolean => colorOf(candle) === 1 && upperShadowOf(candle) < veryShortShadow(candle);
  return isWhite(first) && isWhite(second) && isWhite(third) && stepsUp(second, first) && stepsUp(third, second) && bodyOf(third) > third.averageBody;
}

/**
 * One candle pattern by TA-Lib's rules and default settings: 100 where it is (bullish, or without a direction), −100
 * where it is bearish, else 0. Long and short bodies are against the mean body of the 10 bars before, very short shadows
 * and doji bodies against 0.1 of their mean range, near and far are 0.2 and 0.6 of the mean range of 5.
 */
export class CandlePattern extends Composed<OhlcBar> {
  readonly #rule: Rule;
  readonly #window: CandleWindow;

  constructor(name: CandlePatternName) {
    super();
    this.#rule = RULES[name];
    this.#window = this.part(new CandleWindow());
  }

  update(bar: OhlcBar): number | undefined {
    const [now, before, earlier] = this.#window.add(bar);
    if (this.#window.seen <= this.#rule.start || before === undefined || earlier === undefined) return undefined;
    const sign = this.#rule.judge(now, before, earlier);
    return sign === 0 ? 0 : 100 * sign;
  }
}

export const candlePattern = (name: CandlePatternName, bars: OhlcColumns): IndicatorSeries => overOhlc(new CandlePattern(name), bars);
