/**
 * The set that is bundled: which files of a Lean sample folder, under which venue, and from which session on.
 * Earlier rows of some daily files belong to another company that used the ticker before: known from the map
 * files (BAC, EEM) or seen as a gap of years in the file (FB, USO, WM).
 */
export interface LeanFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly symbol: string;
  readonly venue: string;
  readonly source: string;
  readonly from?: string;
}

export const LEAN_ZONE = 'America/New_York';

const VENUES: Readonly<Record<string, string>> = {
  AAPL: 'XNAS', FB: 'XNAS', GOOG: 'XNAS', QQQ: 'XNAS',
  EEM: 'ARCX', IWM: 'ARCX', SPY: 'ARCX', USO: 'ARCX',
  AIG: 'XNYS', BAC: 'XNYS', IBM: 'XNYS', WM: 'XNYS',
};

const FIRST_SESSION: Readonly<Record<string, string>> = {
  BAC: '1998-10-01', EEM: '2003-04-14', FB: '2012-05-18', USO: '2006-04-10', WM: '2009-08-05',
};

const TICKS: readonly (readonly [symbol: string, day: string, what: 'trade' | 'quote'])[] = [
  ...['20131007', '20131008', '20131009', '20131010', '20131011'].map((day) => ['IBM', day, 'trade'] as const),
  ['IBM', '20131007', 'quote'],
  ['AIG', '20131008', 'trade'],
  ['AIG', '20131009', 'trade'],
];

const file = (symbol: string, path: string, source: string): LeanFile => {
  const from = source === 'lean-daily' ? FIRST_SESSION[symbol] : undefined;
  return { symbol, path, source, venue: VENUES[symbol] ?? 'XNYS', ...(from === undefined ? {} : { from }) };
};

export const LEAN_FILES: readonly LeanFile[] = [
  ...TICKS.map(([symbol, day, what]) => file(symbol, `tick/${symbol}_${day}_${what}.csv.gz`, 'lean-tick')),
  ...['SPY', 'IBM', 'AIG', 'BAC', 'AAPL'].flatMap((symbol) => ['trade', 'quote'].map((what) => file(symbol, `minute/${symbol}_${what}.csv.gz`, 'lean-minute'))),
  ...Object.keys(VENUES).map((symbol) => file(symbol, `daily/${symbol}.csv`, 'lean-daily')),
];
