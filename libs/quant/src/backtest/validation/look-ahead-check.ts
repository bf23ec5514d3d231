import { InvalidInputError } from '@nautilus/model';
import { SeededRandom } from '../../random/seeded-random.ts';
import { type BacktestBars } from '../backtest-bars.ts';
import { runBacktest, type BacktestOptions, type BacktestStrategy } from '../run-backtest.ts';

/** Something that a run did or knew at a bar: an order, a fill, a value of an indicator. Equal texts mean equal bits. */
export interface RunRecord {
  readonly bar: number;
  /** Of what: an indicator's name, `fill`, `equity`. */
  readonly name: string;
  readonly text: string;
}

export interface RecordDifference {
  /** Bars of the shorter run, or the start of the later one. */
  readonly cut: number;
  readonly bar: number;
  readonly name: string;
  readonly whole: string | undefined;
  readonly part: string | undefined;
}

/**
 * Runs on all bars and again on the first c bars, for each cut c: every record before c must be the same, or the run
 * knew what came later. The first difference of each cut is given; none means that nothing was found.
 * @throws InvalidInputError for cuts outside 1 … length
 */
export function lookAheadDifferences(length: number, run: (bars: number) => readonly RunRecord[], cuts: readonly number[]): readonly RecordDifference[] {
  const wrong = cuts.find((cut) => !Number.isInteger(cut) || cut < 1 || cut > length);
  if (wrong !== undefined) throw new InvalidInputError([{ path: 'cuts', message: `${wrong} bars of ${length}` }]);
  const whole = run(length);
  return cuts.flatMap((cut) => firstDifference(whole.filter(({ bar }) => bar < cut), run(cut).filter(({ bar }) => bar < cut), cut));
}

/**
 * Runs from the first bar and again from later ones: past the stated warm-up, counted from the later start, records must
 * agree. Bars are numbered as in the whole run.
 * @param starts by default 1, 2 and 5 warm-ups
 */
export function startDependence(length: number, warmupBars: number, run: (from: number) => readonly RunRecord[], starts: readonly number[] = [warmupBars, 2 * warmupBars, 5 * warmupBars]): readonly RecordDifference[] {
  const whole = run(0);
  return starts
    .filter((start) => start > 0 && start + warmupBars < length)
    .flatMap((start) => {
      const settled = ({ bar }: RunRecord): boolean => bar >= start + warmupBars;
      return firstDifference(whole.filter(settled), run(start).filter(settled), start);
    });
}

/** Cuts for a run: some at random, and the bar behind each record of the given names. */
export function lookAheadCuts(length: number, records: readonly RunRecord[], { count = 20, seed, names = [] }: { readonly count?: number; readonly seed: number; readonly names?: readonly string[] }): readonly number[] {
  const random = new SeededRandom(seed);
  const chosen = new Set(Array.from({ length: count }, () => 1 + random.below(length)));
  for (const { bar, name } of records) if (names.includes(name) && bar + 1 <= length) chosen.add(bar + 1);
  return [...chosen].sort((a, b) => a - b);
}

/**
 * Whether a strategy's orders, fills and equity change when the bars behind a time are taken away: at 20 random times and
 * behind each signal (an order or a closing). Costs one run per cut.
 * @param strategy a fresh one for each run over the bars that it is given; it may have computed indicators over them
 * @throws InvalidInputError as `runBacktest`
 */
export function backtestLookAhead(bars: BacktestBars, strategy: (bars: BacktestBars) => BacktestStrategy, options: BacktestOptions, plan: { readonly count?: number; readonly seed: number }): readonly RecordDifference[] {
  const length = bars.timesMs.length;
  const run = (count: number): readonly RunRecord[] => {
    const part = firstBars(bars, count);
    // Closing at the last bar would itself hang on where the data ends.
    return backtestRecords(part, strategy(part), { ...options, finalizeTrades: false });
  };
  const shortest = strategy(bars).warmupBars + 2;
  const cuts = lookAheadCuts(length, run(length), { ...plan, names: ['order', 'close'] }).filter((cut) => cut >= shortest);
  return lookAheadDifferences(length, run, cuts);
}

function backtestRecords(bars: BacktestBars, strategy: BacktestStrategy, options: BacktestOptions): readonly RunRecord[] {
  const submitted: RunRecord[] = [];
  const watched: BacktestStrategy = {
    warmupBars: strategy.warmupBars,
    onBar: (view) => {
      const bar = view.history.length - 1;
      strategy.onBar({
        history: view.history,
        get position() { return view.position; },
        get trades() { return view.trades; },
        get equity() { return view.equity; },
        submit: (request) => {
          submitted.push({ bar, name: 'order', text: JSON.stringify(request) });
          return view.submit(request);
        },
        cancel: (id) => {
          submitted.push({ bar, name: 'cancel', text: String(id) });
          return view.cancel(id);
        },
        closeAll: () => {
          submitted.push({ bar, name: 'close', text: '' });
          view.closeAll();
        },
      });
    },
  };
  const run = runBacktest(bars, watched, options);
  // A fill at the close becomes known when the next bar is worked.
  const known = (bar: number): number => (options.tradeOnClose === true ? bar + 1 : bar);
  const entries = new Map<string, { bar: number; units: number }>();
  for (const { units, entryBar, entryPrice } of [...run.trades, ...run.openTrades]) {
    const key = `${entryBar}@${entryPrice}`;
    entries.set(key, { bar: known(entryBar), units: (entries.get(key)?.units ?? 0) + units });
  }
  const records: RunRecord[] = [
    ...submitted,
    ...[...entries].map(([key, { bar, units }]): RunRecord => ({ bar, name: 'entry', text: `${units} ${key}` })),
    ...run.trades.map(({ units, exitBar, exitPrice }): RunRecord => ({ bar: known(exitBar), name: 'exit', text: `${units} ${exitPrice}` })),
    ...Array.from(run.equity, (value, bar): RunRecord => ({ bar, name: 'equity', text: String(value) })),
  ];
  // Trades come in the order of their ends, which a shorter run need not share; orders keep theirs.
  const text = ({ name, text: own }: RunRecord): string => (name === 'entry' || name === 'exit' ? `${name} ${own}` : name);
  return records.toSorted((a, b) => a.bar - b.bar || (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}

function firstBars(bars: BacktestBars, count: number): BacktestBars {
  const head = (column: ArrayLike<number>): Float64Array => Float64Array.from({ length: count }, (_, i) => column[i] ?? NaN);
  return { ...bars, timesMs: head(bars.timesMs), open: head(bars.open), high: head(bars.high), low: head(bars.low), close: head(bars.close), volume: head(bars.volume) };
}

function firstDifference(whole: readonly RunRecord[], part: readonly RunRecord[], cut: number): readonly RecordDifference[] {
  for (let i = 0; i < Math.max(whole.length, part.length); i++) {
    const [a, b] = [whole[i], part[i]];
    if (a !== undefined && b !== undefined && a.bar === b.bar && a.name === b.name && a.text === b.text) continue;
    const earlier = b === undefined || (a !== undefined && a.bar <= b.bar) ? a : b;
    return [{ cut, bar: earlier?.bar ?? cut, name: earlier?.name ?? '', whole: a?.text, part: b?.text }];
  }
  return [];
}
