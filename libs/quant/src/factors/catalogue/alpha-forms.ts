/**
 * The forms behind the set that Qlib published as Alpha158 (Yang and others 2020, arXiv:2009.11189): thirteen of single
 * bars and 29 with a window. A form of the catalogue and one of the published set differ by name only.
 */

/** Keeps a ratio finite where its denominator may be 0; part of the published definitions. */
const TINY = '1e-12';

const guarded = (numerator: string, denominator: string): string => `(${numerator})/(${denominator}+${TINY})`;
const before = (x: string): string => `Ref(${x},1)`;
const change = (x: string): string => `${x}-${before(x)}`;
const range = '$high-$low';
const topOfBody = 'Greater($open,$close)';
const bottomOfBody = 'Less($open,$close)';

/** Forms of one bar. Those relative to the bar's range have a 2 in their name. */
export const BAR_FORMS = {
  kmid: '($close-$open)/$open',
  klen: `(${range})/$open`,
  kmid2: guarded('$close-$open', range),
  kup: `($high-${topOfBody})/$open`,
  kup2: guarded(`$high-${topOfBody}`, range),
  klow: `(${bottomOfBody}-$low)/$open`,
  klow2: guarded(`${bottomOfBody}-$low`, range),
  ksft: '(2*$close-$high-$low)/$open',
  ksft2: guarded('2*$close-$high-$low', range),
  open0: '$open/$close',
  high0: '$high/$close',
  low0: '$low/$close',
  vwap0: '$vwap/$close',
} as const satisfies Record<string, string>;

export type BarForm = keyof typeof BAR_FORMS;

const toClose = (operator: string, field: string) => (n: number): string => `${operator}($${field},${n})/$close`;
const rises = (x: string, n: number): string => `Sum(Greater(${change(x)},0),${n})`;
const falls = (x: string, n: number): string => `Sum(Greater(${before(x)}-${x},0),${n})`;
const moves = (x: string, n: number): string => `Sum(Abs(${change(x)}),${n})`;
const shareOfRises = (x: string) => (n: number): string => guarded(rises(x, n), moves(x, n));
const shareOfFalls = (x: string) => (n: number): string => guarded(falls(x, n), moves(x, n));
const balance = (x: string) => (n: number): string => guarded(`${rises(x, n)}-${falls(x, n)}`, moves(x, n));
const countUp = (n: number): string => `Mean($close>${before('$close')},${n})`;
const countDown = (n: number): string => `Mean($close<${before('$close')},${n})`;
const turnoverOfMove = `Abs($close/${before('$close')}-1)*$volume`;

/** Forms with a window of n bars. */
export const WINDOW_FORMS = {
  roc: (n) => `Ref($close,${n})/$close`,
  ma: toClose('Mean', 'close'),
  std: toClose('Std', 'close'),
  beta: toClose('Slope', 'close'),
  rsqr: (n) => `Rsquare($close,${n})`,
  resi: toClose('Resi', 'close'),
  max: toClose('Max', 'high'),
  min: toClose('Min', 'low'),
  qtlu: (n) => `Quantile($close,${n},0.8)/$close`,
  qtld: (n) => `Quantile($close,${n},0.2)/$close`,
  rank: (n) => `Rank($close,${n})`,
  rsv: (n) => guarded(`$close-Min($low,${n})`, `Max($high,${n})-Min($low,${n})`),
  imax: (n) => `IdxMax($high,${n})/${n}`,
  imin: (n) => `IdxMin($low,${n})/${n}`,
  imxd: (n) => `(IdxMax($high,${n})-IdxMin($low,${n}))/${n}`,
  corr: (n) => `Corr($close,Log($volume+1),${n})`,
  cord: (n) => `Corr($close/${before('$close')},Log($volume/${before('$volume')}+1),${n})`,
  cntp: countUp,
  cntn: countDown,
  cntd: (n) => `${countUp(n)}-${countDown(n)}`,
  sump: shareOfRises('$close'),
  sumn: shareOfFalls('$close'),
  sumd: balance('$close'),
  vma: (n) => guarded(`Mean($volume,${n})`, '$volume'),
  vstd: (n) => guarded(`Std($volume,${n})`, '$volume'),
  wvma: (n) => guarded(`Std(${turnoverOfMove},${n})`, `Mean(${turnoverOfMove},${n})`),
  vsump: shareOfRises('$volume'),
  vsumn: shareOfFalls('$volume'),
  vsumd: balance('$volume'),
} as const satisfies Record<string, (n: number) => string>;

export type WindowForm = keyof typeof WINDOW_FORMS;
