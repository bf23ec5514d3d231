import { BAR_FORMS, WINDOW_FORMS, type BarForm, type WindowForm } from './alpha-forms.ts';

export type FactorCategory = 'alpha' | 'style' | 'technical' | 'volatility' | 'microstructure' | 'fundamental' | 'macro';
export type FactorInput = 'open' | 'high' | 'low' | 'close' | 'volume' | 'vwap' | 'benchmark' | 'trades' | 'quotes' | 'filings' | 'series';

/** What a factor measures, before a lookback, a timeframe and a transform are chosen. */
export interface BaseDefinition {
  readonly name: string;
  readonly category: FactorCategory;
  /** The lookback that is meant when none is written; undefined for definitions whose window is fixed. */
  readonly lookback: number | undefined;
  readonly dailyOnly: boolean;
  /** An expression of the engine where there is one, otherwise words. C₋ₖ is the close k bars ago, r the return of a bar. */
  readonly formula: (lookback: number) => string;
  readonly isExpression: boolean;
  readonly inputs: readonly FactorInput[];
  readonly unit: string;
  readonly source: string;
}

type Details = Pick<BaseDefinition, 'inputs' | 'unit' | 'source'>;

const QLIB = 'Yang and others 2020, Qlib, set Alpha158';

const fieldsOf = (expression: string): FactorInput[] => (['open', 'high', 'low', 'close', 'volume', 'vwap'] as const).filter((field) => expression.includes(`$${field}`));

const ofBar = (name: BarForm): BaseDefinition => ({
  name, category: 'alpha', lookback: undefined, dailyOnly: false, formula: () => BAR_FORMS[name], isExpression: true,
  inputs: fieldsOf(BAR_FORMS[name]), unit: 'ratio', source: QLIB,
});

const ofWindow = (name: WindowForm): BaseDefinition => ({
  name, category: 'alpha', lookback: 20, dailyOnly: false, formula: WINDOW_FORMS[name], isExpression: true,
  inputs: fieldsOf(WINDOW_FORMS[name](20)), unit: 'ratio', source: QLIB,
});

const expressed = (category: FactorCategory, name: string, expression: string, unit: string, source: string): BaseDefinition => ({
  name, category, lookback: undefined, dailyOnly: false, formula: () => expression, isExpression: true, inputs: fieldsOf(expression), unit, source,
});

const fixed = (category: FactorCategory, name: string, formula: string, details: Details): BaseDefinition => ({
  name, category, lookback: undefined, dailyOnly: category === 'fundamental' || category === 'macro', formula: () => formula, isExpression: false, ...details,
});

const windowed = (category: FactorCategory, name: string, lookback: number, formula: (n: number) => string, details: Details): BaseDefinition => ({
  name, category, lookback, dailyOnly: false, formula, isExpression: false, ...details,
});

const hlc: readonly FactorInput[] = ['high', 'low', 'close'];
const ohlc: readonly FactorInput[] = ['open', ...hlc];
const WILDER = 'Wilder 1978';

const ALPHA: readonly BaseDefinition[] = [
  ...(['kmid', 'klen', 'ksft', 'vwap0'] as const).map(ofBar),
  ...(['roc', 'ma', 'std', 'beta', 'rsqr', 'resi', 'qtlu', 'rank', 'rsv', 'imxd', 'corr', 'cntd', 'sumd', 'vma', 'wvma'] as const).map(ofWindow),
];

const STYLE: readonly BaseDefinition[] = [
  expressed('style', 'mom_12_1', 'Ref($close,21)/Ref($close,252)-1', 'ratio', 'Jegadeesh and Titman 1993'),
  expressed('style', 'rev_1m', '-($close/Ref($close,21)-1)', 'ratio', 'Jegadeesh 1990'),
  fixed('style', 'beta_mkt', 'least-squares slope of r on the return of the benchmark, 252 bars', { inputs: ['close', 'benchmark'], unit: 'ratio', source: 'Sharpe 1964' }),
  fixed('style', 'resvol', '√N · standard deviation, ÷(n−2), of the residuals of beta_mkt, 252 bars', { inputs: ['close', 'benchmark'], unit: 'per year', source: 'Ang, Hodrick, Xing and Zhang 2006' }),
  expressed('style', 'liquidity', 'Log(Mean($close*$volume,21))', 'log currency', 'Brennan, Chordia and Subrahmanyam 1998'),
];

const TECHNICAL: readonly BaseDefinition[] = [
  windowed('technical', 'rsi', 14, (n) => `relative strength index of ${n} changes, Wilder smoothing`, { inputs: ['close'], unit: '0 to 100', source: WILDER }),
  windowed('technical', 'adx', 14, (n) => `average directional index of ${n} bars`, { inputs: hlc, unit: '0 to 100', source: WILDER }),
  windowed('technical', 'cci', 14, (n) => `(tp − mean)/(0.015 · mean absolute deviation), tp = (H+L+C)/3, ${n} bars`, { inputs: hlc, unit: 'ratio', source: 'Lambert 1980' }),
  windowed('technical', 'willr', 14, (n) => `−100(HH − C)/(HH − LL), ${n} bars`, { inputs: hlc, unit: '−100 to 0', source: 'Williams 1973' }),
  windowed('technical', 'mfi', 14, (n) => `100 · P/(P+N), flows tp · V by the sign of the change of tp, ${n} bars`, { inputs: [...hlc, 'volume'], unit: '0 to 100', source: 'Quong and Soudack 1989' }),
  windowed('technical', 'aroon_osc', 14, (n) => `100(bars since low − bars since high)/${n} over ${n + 1} bars, latest on ties`, { inputs: ['high', 'low'], unit: '−100 to 100', source: 'Chande 1995' }),
  windowed('technical', 'natr', 14, (n) => `100 · average true range of ${n} bars/C`, { inputs: hlc, unit: 'percent', source: WILDER }),
  windowed('technical', 'bb_pctb', 20, (n) => `(C − lower)/(upper − lower), bands mean ± 2 standard deviations, ÷n, ${n} bars`, { inputs: ['close'], unit: 'ratio', source: 'Bollinger 2001' }),
  windowed('technical', 'obv_slope', 20, (n) => `slope of on-balance volume on 1…${n}/mean volume of ${n} bars`, { inputs: ['close', 'volume'], unit: 'ratio', source: 'Granville 1963' }),
  fixed('technical', 'macd_hist', '(MACD(12,26) − its signal(9))/C', { inputs: ['close'], unit: 'ratio', source: 'Appel 1979' }),
  fixed('technical', 'ultosc', '100(4a₇ + 2a₁₄ + a₂₈)/7, a = Σ buying pressure/Σ true range', { inputs: hlc, unit: '0 to 100', source: 'Williams 1985' }),
  fixed('technical', 'sar_distance', '(C − SAR)/C, acceleration 0.02 up to 0.2', { inputs: hlc, unit: 'ratio', source: WILDER }),
  fixed('technical', 'trix', 'percent change of the thrice smoothed close, 15 bars', { inputs: ['close'], unit: 'percent', source: 'Hutson 1983' }),
];

const VOLATILITY: readonly BaseDefinition[] = [
  windowed('volatility', 'vol_close', 20, (n) => `√N · standard deviation of the ${n - 1} log returns in ${n} bars`, { inputs: ['close'], unit: 'per year', source: 'Hull 2018' }),
  fixed('volatility', 'parkinson', '√(N/(4n ln 2) · Σ ln²(H/L)), 20 bars', { inputs: ['high', 'low'], unit: 'per year', source: 'Parkinson 1980' }),
  fixed('volatility', 'garman_klass', '√(N/n · Σ[½ ln²(H/L) − (2 ln 2 − 1) ln²(C/O)]), 20 bars', { inputs: ohlc, unit: 'per year', source: 'Garman and Klass 1980' }),
  fixed('volatility', 'rogers_satchell', '√(N/n · Σ[ln(H/C) ln(H/O) + ln(L/C) ln(L/O)]), 20 bars', { inputs: ohlc, unit: 'per year', source: 'Rogers and Satchell 1991' }),
  windowed('volatility', 'yang_zhang', 20, (n) => `√N of overnight + k · open-to-close + (1 − k) · Rogers–Satchell variance, ${n} bars`, { inputs: ohlc, unit: 'per year', source: 'Yang and Zhang 2000' }),
  fixed('volatility', 'vol_ewma', '√(N σ²), σ² exponentially weighted squares of r with λ 0.94', { inputs: ['close'], unit: 'per year', source: 'RiskMetrics 1996' }),
  fixed('volatility', 'skewness', 'm₃/m₂^1.5 of r, 60 bars', { inputs: ['close'], unit: 'ratio', source: 'Fisher 1930' }),
  fixed('volatility', 'maxdd', 'deepest 1 − C/earlier peak within 60 bars', { inputs: ['close'], unit: 'ratio', source: 'Magdon-Ismail and Atiya 2004' }),
];

const MICROSTRUCTURE: readonly BaseDefinition[] = [
  fixed('microstructure', 'amihud', '10⁶ · mean of |r|/(C·V), 21 bars, those without volume left out, at least 17 needed', { inputs: ['close', 'volume'], unit: 'per million', source: 'Amihud 2002' }),
  fixed('microstructure', 'corwin_schultz', 'mean of 20 two-bar spreads 2(e^α − 1)/(1 + e^α), not below 0', { inputs: hlc, unit: 'ratio', source: 'Corwin and Schultz 2012' }),
  fixed('microstructure', 'vpin', 'volume-synchronised probability of informed trading, trailing σ', { inputs: ['trades'], unit: '0 to 1', source: 'Easley, López de Prado and O’Hara 2012' }),
  fixed('microstructure', 'spread', 'time-weighted (A − B)/M', { inputs: ['quotes'], unit: 'ratio', source: 'Huang and Stoll 1996' }),
  fixed('microstructure', 'ofi', 'Σe/mean depth, e the signed change of the queues at the best prices', { inputs: ['quotes'], unit: 'ratio', source: 'Cont, Kukanov and Stoikov 2014' }),
];

const FUNDAMENTAL: readonly BaseDefinition[] = [
  fixed('fundamental', 'size', '−ln capitalisation', { inputs: ['close', 'filings'], unit: 'log currency', source: 'Banz 1981' }),
  fixed('fundamental', 'book_to_price', 'equity/capitalisation', { inputs: ['close', 'filings'], unit: 'ratio', source: 'Fama and French 1992' }),
  fixed('fundamental', 'earnings_yield', 'net income of four quarters/capitalisation', { inputs: ['close', 'filings'], unit: 'ratio', source: 'Basu 1977' }),
  fixed('fundamental', 'gross_profitability', 'gross profit of four quarters/assets', { inputs: ['filings'], unit: 'ratio', source: 'Novy-Marx 2013' }),
  fixed('fundamental', 'asset_growth', 'assets/assets a year before − 1', { inputs: ['filings'], unit: 'ratio', source: 'Cooper, Gulen and Schill 2008' }),
  fixed('fundamental', 'leverage', 'liabilities/assets', { inputs: ['filings'], unit: 'ratio', source: 'Bhandari 1988' }),
];

const MACRO: readonly BaseDefinition[] = [
  fixed('macro', 'credit_spread', 'BAA − AAA', { inputs: ['series'], unit: 'percentage points', source: 'Chen, Roll and Ross 1986' }),
  fixed('macro', 'vix_z', '(VIX − mean)/standard deviation, 252 days', { inputs: ['series'], unit: 'standard deviations', source: 'Whaley 2000' }),
  fixed('macro', 'core_inflation', 'CPILFESL/its value 12 months before − 1', { inputs: ['series'], unit: 'ratio', source: 'Chen, Roll and Ross 1986' }),
  fixed('macro', 'oil_beta', 'least-squares slope of r on the change of ln WTI, 252 days', { inputs: ['close', 'series'], unit: 'ratio', source: 'Jones and Kaul 1996' }),
];

/** The 60, in the order in which the page numbers them. */
export const BASE_DEFINITIONS: readonly BaseDefinition[] = [...ALPHA, ...STYLE, ...TECHNICAL, ...VOLATILITY, ...MICROSTRUCTURE, ...FUNDAMENTAL, ...MACRO];

const listed = new Set(BASE_DEFINITIONS.map(({ name }) => name));

/** The forms of Alpha158 that the 60 do not name: nine of single bars, fourteen with a window. */
export const FURTHER_DEFINITIONS: readonly BaseDefinition[] = [
  ...(Object.keys(BAR_FORMS) as BarForm[]).filter((name) => !listed.has(name)).map(ofBar),
  ...(Object.keys(WINDOW_FORMS) as WindowForm[]).filter((name) => !listed.has(name)).map(ofWindow),
];
