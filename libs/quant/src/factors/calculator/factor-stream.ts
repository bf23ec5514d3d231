import { InvalidInputError } from '@nautilus/model';
import { checkOhlcBar, type Indicator, type OhlcBar } from '../../indicators/indicator.ts';
import { formatFactorId, type FactorAddress } from '../catalogue/factor-ids.ts';
import { ExpressionStream, type ExpressionBar, type ExpressionStreamState } from '../expression/expression-stream.ts';
import { ExpressionGraph } from '../expression/graph.ts';
import { History } from '../expression/history.ts';
import { parseExpression } from '../expression/parse.ts';
import { barStream } from '../kernels/bar-streams.ts';
import { regressionOf } from '../kernels/market-regression.ts';
import { TIME_TRANSFORMS, TRANSFORM_WINDOW, type TimeTransform } from '../transforms/time-transforms.ts';
import { REGRESSION_WINDOW, rawKey } from './factor-calculator.ts';

/** A bar with what else is known at its close; what is left out is missing. */
export interface FactorStreamBar extends ExpressionBar {
  readonly benchmarkClose?: number | undefined;
  readonly oilPrice?: number | undefined;
  /** Values of definitions that trades, quotes, filings and series give, by name. */
  readonly given?: Readonly<Record<string, number | undefined>> | undefined;
}

/** Plain JSON; belongs to one list of addresses. */
export interface FactorStreamState {
  readonly factors: readonly string[];
  readonly expressions: ExpressionStreamState;
  readonly indicators: readonly unknown[];
  readonly changes: readonly (readonly (number | null)[])[];
  readonly histories: readonly (readonly (number | null)[])[];
}

/** The last changes of one price; missing where the price or the one before is. */
class Changes {
  readonly #kind: 'simple' | 'log';
  readonly #values = new History(REGRESSION_WINDOW);
  #before = NaN;

  constructor(kind: 'simple' | 'log') {
    this.#kind = kind;
  }

  add(price: number | undefined): void {
    const now = price ?? NaN;
    const ratio = now / this.#before;
    this.#values.add(this.#kind === 'simple' ? ratio - 1 : now > 0 && this.#before > 0 ? Math.log(ratio) : NaN);
    this.#before = now;
  }

  window(): Float64Array | undefined {
    return this.#values.last(REGRESSION_WINDOW);
  }

  /** The last price, then the changes. */
  snapshot(): (number | null)[] {
    return [Number.isNaN(this.#before) ? null : this.#before, ...this.#values.snapshot()];
  }

  restore([before = null, ...values]: readonly (number | null)[]): void {
    this.#before = before ?? NaN;
    this.#values.restore(values);
  }
}

/** One raw value per bar. */
type Source = (bar: FactorStreamBar, complete: OhlcBar | undefined) => number | undefined;

/**
 * The bar-by-bar form of `FactorCalculator` for the factors of one symbol and timeframe: the same values at each bar. What
 * a transform across instruments needs is its raw value, as there.
 */
export class FactorStream {
  readonly #addresses: readonly FactorAddress[];
  readonly #keys: readonly string[];
  readonly #barsPerYear: number;
  readonly #expressions: ExpressionStream;
  readonly #expressionKeys: readonly string[];
  readonly #sources = new Map<string, Source>();
  readonly #indicators: Indicator<OhlcBar>[] = [];
  readonly #own = new Changes('simple');
  readonly #benchmark = new Changes('simple');
  readonly #oil = new Changes('log');
  /** Past raw values of the factors that a transform over time reads. */
  readonly #histories = new Map<string, History>();

  /** @throws InvalidInputError when the addresses are of more than one timeframe or `barsPerYear` is not positive */
  constructor(addresses: readonly FactorAddress[], barsPerYear: number) {
    if (new Set(addresses.map(({ timeframe }) => timeframe)).size > 1) throw new InvalidInputError([{ path: 'addresses', message: 'must be of one timeframe' }]);
    if (!(barsPerYear > 0)) throw new InvalidInputError([{ path: 'barsPerYear', message: 'must be positive' }]);
    this.#addresses = addresses;
    this.#keys = addresses.map(rawKey);
    this.#barsPerYear = barsPerYear;
    const graph = new ExpressionGraph();
    const roots = new Map<string, number>();
    addresses.forEach((address, i) => {
      const key = this.#keys[i] ?? '';
      if (address.definition.isExpression) roots.set(key, parseExpression(address.definition.formula(address.lookback ?? NaN), graph));
      else if (!this.#sources.has(key)) this.#sources.set(key, this.#sourceOf(address));
      if (Object.hasOwn(TIME_TRANSFORMS, address.transform) && address.transform !== 'raw') this.#histories.set(key, new History(TRANSFORM_WINDOW));
    });
    this.#expressions = new ExpressionStream(graph, [...roots.values()]);
    this.#expressionKeys = [...roots.keys()];
  }

  /**
   * One value per address, undefined where there is none. A bar with a gap is passed over by the indicators.
   * @throws InvalidInputError for impossible prices or volume and infinite values; the bar is then not taken in
   */
  update(bar: FactorStreamBar): readonly (number | undefined)[] {
    const complete = completeBar(bar);
    const raws = new Map<string, number | undefined>();
    const { open, high, low, close, volume, vwap } = bar;
    this.#expressions.update({ open, high, low, close, volume, vwap }).forEach((value, i) => raws.set(this.#expressionKeys[i] ?? '', value));
    this.#own.add(close);
    this.#benchmark.add(bar.benchmarkClose);
    this.#oil.add(bar.oilPrice);
    for (const [key, source] of this.#sources) raws.set(key, source(bar, complete));
    for (const [key, history] of this.#histories) history.add(raws.get(key) ?? NaN);
    return this.#addresses.map((address, i) => {
      const key = this.#keys[i] ?? '';
      const history = address.transform === 'raw' ? undefined : this.#histories.get(key);
      const over = Object.hasOwn(TIME_TRANSFORMS, address.transform) ? (address.transform as TimeTransform) : 'raw';
      return history === undefined || over === 'raw' ? raws.get(key) : lastTransformed(over, history);
    });
  }

  snapshot(): FactorStreamState {
    return {
      factors: this.#addresses.map(formatFactorId),
      expressions: this.#expressions.snapshot(),
      indicators: this.#indicators.map((indicator) => indicator.snapshot()),
      changes: this.#changes().map((changes) => changes.snapshot()),
      histories: [...this.#histories.values()].map((history) => history.snapshot()),
    };
  }

  /** Continues where the snapshot was taken. @throws InvalidInputError for a state of other factors. */
  restore(state: FactorStreamState): void {
    const own = this.#addresses.map(formatFactorId);
    if (state.factors.length !== own.length || state.factors.some((id, i) => id !== own[i])) throw new InvalidInputError([{ path: 'factors', message: 'belong to another stream' }]);
    this.#expressions.restore(state.expressions);
    this.#indicators.forEach((indicator, i) => indicator.restore(state.indicators[i]));
    this.#changes().forEach((changes, i) => changes.restore(state.changes[i] ?? []));
    [...this.#histories.values()].forEach((history, i) => history.restore(state.histories[i] ?? []));
  }

  #changes(): readonly Changes[] {
    return [this.#own, this.#benchmark, this.#oil];
  }

  #sourceOf({ definition, lookback }: FactorAddress): Source {
    const indicator = barStream(definition.name, lookback ?? NaN, this.#barsPerYear);
    if (indicator !== undefined) {
      this.#indicators.push(indicator);
      return (_bar, complete) => (complete === undefined ? undefined : indicator.update(complete));
    }
    const { name } = definition;
    if (name !== 'beta_mkt' && name !== 'resvol' && name !== 'oil_beta') return (bar) => present(bar.given?.[name]);
    return (bar) => {
      const given = bar.given?.[name];
      if (given !== undefined) return present(given);
      const [y, x] = [this.#own.window(), (name === 'oil_beta' ? this.#oil : this.#benchmark).window()];
      if (y === undefined || x === undefined) return undefined;
      const { slope, residualDeviation } = regressionOf(y, x, 0, REGRESSION_WINDOW);
      return present(name === 'resvol' ? residualDeviation * Math.sqrt(this.#barsPerYear) : slope);
    };
  }
}

const present = (value: number | undefined): number | undefined => (value === undefined || !Number.isFinite(value) ? undefined : value);

function completeBar({ open, high, low, close, volume }: FactorStreamBar): OhlcBar | undefined {
  if (open === undefined || high === undefined || low === undefined || close === undefined || volume === undefined) return undefined;
  if ([open, high, low, close, volume].some((value) => Number.isNaN(value))) return undefined;
  const bar = { open, high, low, close, volume };
  checkOhlcBar(bar);
  return bar;
}

function lastTransformed(transform: TimeTransform, history: History): number | undefined {
  const known = history.snapshot().map((value) => value ?? NaN);
  return present(TIME_TRANSFORMS[transform](Float64Array.from(known)).at(-1));
}
