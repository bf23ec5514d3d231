import { BAR_SHAPES, BarShapes, CandlePattern, type CandlePatternName } from '@nautilus/quant';
import { barsRead, ofBars } from '../families.ts';
import type { Family } from '../feature.ts';

const pattern = (name: string, bars: number, formula: string, kernel: CandlePatternName): Family =>
  ofBars(name, { category: 'pattern', unit: '−100, 0, 100', formula, bars }, () => new CandlePattern(kernel));

/** Candle patterns: 100 where one is, −100 where it is bearish. */
export const PATTERNS: readonly Family[] = [
  pattern('cdl_doji', 11, 'body at most 0.1 of the mean range of 10 bars', 'doji'),
  pattern('cdl_engulfing', 3, 'body of the other colour, beyond the one before on both ends', 'engulfing'),
  pattern('cdl_hammer', 12, 'short body near or below the low before, long lower and hardly an upper shadow', 'hammer'),
  pattern('cdl_shooting_star', 12, 'short body that gaps above the one before, long upper and hardly a lower shadow', 'shootingStar'),
  pattern('cdl_3_white_soldiers', 13, 'three long rising white bars that open in the body before', 'threeWhiteSoldiers'),
  pattern('cdl_harami', 12, 'short body inside the long one before', 'harami'),
  pattern('cdl_marubozu', 11, 'long body with hardly a shadow', 'marubozu'),
  pattern('cdl_spinning_top', 11, 'short body between longer shadows', 'spinningTop'),
  barsRead('candle_shapes', {
    category: 'pattern', unit: 'patterns', parameters: { period: 10 }, conventions: ['tulip'], bars: (p) => Math.max(p.period, 2) + 1,
    formula: (p) => `how many of Tulip's patterns end here, against the means of the ${p.period} bars before; components: 1 or 0 for each`,
  }, (p) => new BarShapes(p.period), (found) => ({ number: found.length, components: Object.fromEntries(BAR_SHAPES.map((name) => [name, Number(found.includes(name))])) })),
];
