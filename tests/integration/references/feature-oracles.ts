/** Where a column of a reference is found: a part of a feature, the features' parameters by the names of the reference's options in order. */
export interface Column {
  readonly feature: string;
  /** `-` skips an option. */
  readonly options: readonly string[];
  /** The value or a component. */
  readonly part: string;
}

export const VALUE = 'value';

function of(feature: string, options = '', ...parts: readonly string[]): readonly Column[] {
  return (parts.length === 0 ? [VALUE] : parts).map((part) => ({ feature, options: options.split(' ').filter((name) => name !== ''), part }));
}

export function parametersOf({ options }: Column, values: readonly number[]): Readonly<Record<string, number>> {
  return Object.fromEntries(options.map((name, i) => [name, values[i]!] as const).filter(([name]) => name !== '-'));
}

const plain = <Name extends string>(names: readonly Name[], option = ''): Readonly<Record<string, readonly Column[]>> => Object.fromEntries(names.map((name) => [name, of(name.toLowerCase(), option)]));

/** Every function of the TA-Lib file, its outputs in order. */
export const TALIB: Readonly<Record<string, readonly Column[]>> = {
  ...plain(['SMA', 'EMA', 'WMA', 'DEMA', 'TEMA', 'TRIMA', 'KAMA', 'RSI', 'CMO', 'MOM', 'ROC', 'ROCP', 'TRIX', 'CCI', 'ATR', 'NATR', 'ADX', 'ADXR', 'DX', 'PLUS_DI', 'MINUS_DI', 'PLUS_DM', 'MINUS_DM'], 'period'),
  ...plain(['MFI', 'VAR', 'LINEARREG', 'LINEARREG_SLOPE', 'TSF', 'BETA', 'CORREL', 'MIDPOINT', 'MIDPRICE', 'MAX', 'MIN'], 'period'),
  ...plain(['TRANGE', 'OBV', 'BOP', 'TYPPRICE', 'MEDPRICE', 'WCLPRICE', 'HT_TRENDLINE', 'HT_DCPERIOD']),
  ...plain(['PPO', 'APO', 'ADOSC'], 'fast slow'),
  T3: of('t3', 'period volume_factor'), STDDEV: of('stddev', 'period deviations'), SAR: of('sar', 'step limit'), ULTOSC: of('ultosc', 'first second third'),
  MACD: of('macd', 'fast slow signal', VALUE, 'signal', 'histogram'), BBANDS: of('bollinger_bands', 'period deviations', 'upper', 'middle', 'lower'),
  STOCH: of('stoch', 'period slowing - signal', VALUE, 'd'), STOCHF: of('stochf', 'period signal', VALUE, 'd'), STOCHRSI: of('stochrsi', 'period k_period d_period', VALUE, 'd'),
  WILLR: of('williams_r', 'period'), AD: of('accumulation_distribution'), AROON: of('aroon', 'period', 'down', 'up'), AROONOSC: of('aroon', 'period'),
  CDLDOJI: of('cdl_doji'), CDLENGULFING: of('cdl_engulfing'), CDLHAMMER: of('cdl_hammer'), CDLSHOOTINGSTAR: of('cdl_shooting_star'), CDL3WHITESOLDIERS: of('cdl_3_white_soldiers'),
  CDLHARAMI: of('cdl_harami'), CDLMARUBOZU: of('cdl_marubozu'), CDLSPINNINGTOP: of('cdl_spinning_top'),
};

interface SkenderColumn {
  readonly feature: string;
  readonly parameters?: Readonly<Record<string, number>>;
  readonly part?: string;
}

const DIRECTIONAL = { period: 14 };
const KELTNER = { feature: 'keltner', parameters: { period: 20, factor: 2, atr_period: 10 } };
const DONCHIAN = { feature: 'donchian', parameters: { period: 20 } };
const ICHIMOKU = { feature: 'ichimoku', parameters: { conversion: 9, base: 26, span: 52 } };
const MACD = { feature: 'macd', parameters: { fast: 12, slow: 26, signal: 9 } };
const BANDS = { feature: 'bollinger_bands', parameters: { period: 20, deviations: 2 } };
const POSITION = { feature: 'bollinger_position', parameters: { period: 20, deviations: 2 } };
const AROON = { feature: 'aroon', parameters: { period: 25 } };
const SAR = { feature: 'sar', parameters: { step: 0.02, limit: 0.2 } };
const STOCH = { feature: 'stoch', parameters: { period: 14, slowing: 3, signal: 3 } };
/** The slow %K of the same windows is the %D of the fast one, which is told before the slow %D begins. */
const SLOW_K = { feature: 'stochf', parameters: { period: 14, signal: 3 }, part: 'd' };
const SUPERTREND = { feature: 'supertrend', parameters: { period: 10, factor: 3 } };

/** Every column of the files of Skender. */
export const SKENDER: Readonly<Record<string, Readonly<Record<string, SkenderColumn>>>> = {
  adx: {
    pdi: { feature: 'plus_di', parameters: DIRECTIONAL }, mdi: { feature: 'minus_di', parameters: DIRECTIONAL }, dx: { feature: 'dx', parameters: DIRECTIONAL },
    adx: { feature: 'adx', parameters: DIRECTIONAL }, adxr: { feature: 'adxr', parameters: DIRECTIONAL },
  },
  aroon: { aroonUp: { ...AROON, part: 'up' }, aroonDown: { ...AROON, part: 'down' }, oscillator: AROON },
  atr: { tr: { feature: 'trange' }, atr: { feature: 'atr', parameters: { period: 14 } }, atrp: { feature: 'natr', parameters: { period: 14 } } },
  bb: {
    sma: { ...BANDS, part: 'middle' }, upperBand: { ...BANDS, part: 'upper' }, lowerBand: { ...BANDS, part: 'lower' },
    percentB: POSITION, zScore: { ...POSITION, part: 'z_score' }, width: { ...POSITION, part: 'bandwidth' },
  },
  cci: { cci: { feature: 'cci', parameters: { period: 20 } } },
  donchian: { upperBand: { ...DONCHIAN, part: 'upper' }, centerline: DONCHIAN, lowerBand: { ...DONCHIAN, part: 'lower' }, width: { ...DONCHIAN, part: 'width' } },
  ema: { ema: { feature: 'ema', parameters: { period: 20 } } },
  ichimoku: { tenkanSen: ICHIMOKU, kijunSen: { ...ICHIMOKU, part: 'base' }, senkouSpanA: { ...ICHIMOKU, part: 'leading_a' }, senkouSpanB: { ...ICHIMOKU, part: 'leading_b' } },
  keltner: { upperBand: { ...KELTNER, part: 'upper' }, centerline: KELTNER, lowerBand: { ...KELTNER, part: 'lower' }, width: { ...KELTNER, part: 'width' } },
  macd: {
    macd: { feature: 'apo', parameters: { fast: 12, slow: 26 } }, signal: { ...MACD, part: 'signal' }, histogram: { ...MACD, part: 'histogram' },
    fastEma: { feature: 'ema', parameters: { period: 12 } }, slowEma: { feature: 'ema', parameters: { period: 26 } },
  },
  mfi: { mfi: { feature: 'mfi', parameters: { period: 14 } } },
  obv: { obv: { feature: 'obv' } },
  psar: { sar: SAR, isReversal: { ...SAR, part: 'reversal' } },
  rsi: { rsi: { feature: 'rsi', parameters: { period: 14 } } },
  sma: { sma: { feature: 'sma', parameters: { period: 20 } } },
  stoch: { oscillator: SLOW_K, signal: { ...STOCH, part: 'd' }, percentJ: { ...STOCH, part: 'j' }, k: SLOW_K, d: { ...STOCH, part: 'd' }, j: { ...STOCH, part: 'j' } },
  'stoch-rsi': {
    stochRsi: { feature: 'stochrsi', parameters: { period: 14, k_period: 14, d_period: 1 } }, signal: { feature: 'stochrsi', parameters: { period: 14, k_period: 14, d_period: 3 }, part: 'd' },
  },
  supertrend: { superTrend: SUPERTREND, upperBand: { ...SUPERTREND, part: 'upper' }, lowerBand: { ...SUPERTREND, part: 'lower' } },
  vwap: { vwap: { feature: 'anchored_vwap' } },
  wma: { wma: { feature: 'wma', parameters: { period: 14 } } },
};

/** Columns of Skender that the engine does not give, and why. */
export const SKENDER_LEFT_OUT: Readonly<Record<string, string>> = {
  'ichimoku.chikouSpan': 'the close 26 bars later, drawn at a bar that cannot know it: features never look ahead',
};

interface TulipCase {
  /** Which series of a bar the input lines are: o, h, l, c, v. */
  readonly inputs: string;
  readonly columns: readonly Column[];
  /** From the feature's value to that of the reference. */
  readonly map?: (value: number) => number;
}

const tulip = (inputs: string, names: string, option = ''): Readonly<Record<string, TulipCase>> => Object.fromEntries(names.split(' ').map((name) => [name, { inputs, columns: of(name, option) }]));
const both = (plus: string, minus: string): readonly Column[] => [...of(plus, 'period'), ...of(minus, 'period')];

/** Every function of the Tulip file. */
export const TULIP: Readonly<Record<string, TulipCase>> = {
  ...tulip('c', 'abs acos asin atan ceil cos cosh exp floor ln log10 round sin sinh sqrt tan tanh todeg torad trunc'),
  ...tulip('co', 'add sub mul div'),
  ...tulip('c', 'cmo decay dema dpo edecay ema fosc hma kama lag max md min mom rocr rsi sma stddev stderr sum tema trima trix tsf var vhf volatility wilders wma zlema', 'period'),
  ...tulip('hl', 'adx adxr cvi dx mass', 'period'),
  ...tulip('hlc', 'atr cci natr', 'period'),
  ...tulip('hlc', 'wad'), ...tulip('hl', 'ao medprice'), ...tulip('ohlc', 'avgprice bop'), ...tulip('hlv', 'emv marketfi'), ...tulip('cv', 'nvi obv pvi'),
  ...tulip('hlcv', 'adosc kvo', 'fast slow'), ...tulip('c', 'apo ppo', 'fast slow'), ...tulip('v', 'vosc', 'fast slow'),
  ...tulip('hlcv', 'mfi', 'period'), ...tulip('oc', 'qstick', 'period'), ...tulip('cv', 'vwma', 'period'), ...tulip('hlc', 'ultosc', 'first second third'),
  ...tulip('c', 'vidya', 'short_period long_period alpha'),
  ad: { inputs: 'hlcv', columns: of('accumulation_distribution') },
  aroon: { inputs: 'hl', columns: of('aroon', 'period', 'down', 'up') },
  aroonosc: { inputs: 'hl', columns: of('aroon', 'period') },
  bbands: { inputs: 'c', columns: of('bollinger_bands', 'period deviations', 'lower', 'middle', 'upper') },
  crossany: { inputs: 'co', columns: of('crossing'), map: Math.abs },
  crossover: { inputs: 'co', columns: of('crossing'), map: (sign) => Math.max(0, sign) },
  di: { inputs: 'hlc', columns: both('plus_di', 'minus_di') },
  dm: { inputs: 'hl', columns: both('plus_dm', 'minus_dm') },
  fisher: { inputs: 'hl', columns: of('fisher', 'period', VALUE, 'signal') },
  linreg: { inputs: 'c', columns: of('linearreg', 'period') },
  linregintercept: { inputs: 'c', columns: of('linearreg_intercept', 'period') },
  linregslope: { inputs: 'c', columns: of('linearreg_slope', 'period') },
  macd: { inputs: 'c', columns: of('macd', 'fast slow signal', VALUE, 'signal', 'histogram') },
  msw: { inputs: 'c', columns: of('msw', 'period', VALUE, 'lead') },
  psar: { inputs: 'hl', columns: of('sar', 'step limit') },
  roc: { inputs: 'c', columns: of('rocp', 'period') },
  stoch: { inputs: 'hlc', columns: of('stoch', 'period slowing signal', VALUE, 'd') },
  stochrsi: { inputs: 'c', columns: of('rsi_place', 'period') },
  tr: { inputs: 'hlc', columns: of('trange') },
  typprice: { inputs: 'hlc', columns: of('typprice') },
  wcprice: { inputs: 'hlc', columns: of('wclprice') },
  willr: { inputs: 'hlc', columns: of('williams_r', 'period') },
};

/** Every estimator of TTR. */
export const TTR: Readonly<Record<string, string>> = {
  close: 'realized_vol', parkinson: 'parkinson', 'garman.klass': 'garman_klass', 'rogers.satchell': 'rogers_satchell', 'gk.yz': 'gk_yz', 'yang.zhang': 'yang_zhang',
};
