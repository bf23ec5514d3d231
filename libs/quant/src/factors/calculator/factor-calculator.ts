import { asNautilusError, InvalidInputError } from '@nautilus/model';
import type { FactorInput } from '../catalogue/base-definitions.ts';
import { formatFactorId, type FactorAddress, type FactorTimeframe, type FactorTransform } from '../catalogue/factor-ids.ts';
import { ExpressionBatch, type ExpressionColumns } from '../expression/expression-batch.ts';
import { ExpressionGraph } from '../expression/graph.ts';
import { parseExpression } from '../expression/parse.ts';
import { BAR_KERNELS, type CompleteBars } from '../kernels/bar-kernels.ts';
import { logChanges, rollingRegression, simpleReturns } from '../kernels/market-regression.ts';
import { TIME_TRANSFORMS, type TimeTransform } from '../transforms/time-transforms.ts';

/** What is known of one symbol in one timeframe; all columns of the length of the bars, NaN where missing. */
export interface FactorInputs {
  readonly bars: ExpressionColumns;
  readonly barsPerYear: number;
  /** Closes of the benchmark at the same bars, for beta_mkt and resvol. */
  readonly benchmarkClose?: Float64Array | undefined;
  /** Oil price known at each bar, for oil_beta. */
  readonly oilPrice?: Float64Array | undefined;
  /** Values at each bar of definitions that trades, quotes, filings and series give, by name. */
  readonly given?: Readonly<Record<string, Float64Array>> | undefined;
}

export type FactorMissing = 'no-bars' | 'no-benchmark' | 'no-trades' | 'no-quotes' | 'no-fundamentals' | 'no-series' | 'failed';

export type FactorColumn =
  | {
      readonly id: string;
      readonly values: Float64Array;
      /** Bars until the first value; undefined where it depends on the given column. */
      readonly needs: number | undefined;
      /** The transform across instruments that is still to be applied to the values of a date (`acrossInstruments`). */
      readonly pending: FactorTransform | undefined;
    }
  | { readonly id: string; readonly missing: FactorMissing; readonly message: string };

/** Definitions for which this library has no way from bars, quotes, filings or series to values: they must be given. */
export const GIVEN_ONLY = ['vpin'] as const;

/** Returns in the regressions on the benchmark and on oil. */
export const REGRESSION_WINDOW = 252;
const DECAY_BEFORE = 9;
const EXTRA_BARS: Readonly<Record<TimeTransform, number>> = { raw: 0, lag1: 1, delta1: 1, tsz: 251, tspct: 251, decay: DECAY_BEFORE };

const REASONS: readonly (readonly [FactorInput, FactorMissing])[] = [
  ['trades', 'no-trades'],
  ['quotes', 'no-quotes'],
  ['filings', 'no-fundamentals'],
  ['series', 'no-series'],
  ['benchmark', 'no-benchmark'],
];

type Raw = { readonly values: Float64Array; readonly needs: number | undefined } | { readonly missing: FactorMissing; readonly message: string };

/** The expressions of one timeframe with their shared parts. */
interface Expressions {
  readonly batch: ExpressionBatch;
  readonly keys: readonly string[];
  readonly needs: readonly number[];
}

/** One key for all transforms of the same raw values. */
export const rawKey = ({ definition, lookback }: FactorAddress): string => `${definition.name}@${lookback ?? 'x'}`;

/**
 * Computes the columns of many factors for one symbol after the other. Parsing and the search for shared parts are done
 * once. Indicators run over the complete bars and continue behind a gap; on a bar with a gap they have no value.
 */
export class FactorCalculator {
  readonly #byTimeframe: ReadonlyMap<FactorTimeframe, readonly FactorAddress[]>;
  readonly #expressions: ReadonlyMap<FactorTimeframe, Expressions>;

  constructor(addresses: readonly FactorAddress[]) {
    this.#byTimeframe = Map.groupBy(addresses, ({ timeframe }) => timeframe);
    this.#expressions = new Map([...this.#byTimeframe].map(([timeframe, own]) => [timeframe, expressionsOf(own)]));
  }

  /**
   * One column per factor, in the order of timeframes and addresses. A factor whose input is not there or whose bars are
   * refused is told by its reason; the others are computed.
   * @throws InvalidInputError when columns differ in length
   */
  calculate(inputs: { readonly [timeframe in FactorTimeframe]?: FactorInputs | undefined }): readonly FactorColumn[] {
    return [...this.#byTimeframe].flatMap(([timeframe, addresses]) => {
      const own = inputs[timeframe];
      if (own === undefined) return addresses.map((address): FactorColumn => ({ id: formatFactorId(address), missing: 'no-bars', message: `no bars of ${timeframe}` }));
      checkLengths(own);
      const raws = this.#raws(timeframe, addresses, own);
      return addresses.map((address) => finished(address, raws.get(rawKey(address))));
    });
  }

  #raws(timeframe: FactorTimeframe, addresses: readonly FactorAddress[], inputs: FactorInputs): ReadonlyMap<string, Raw> {
    const raws = new Map<string, Raw>();
    const expressions = this.#expressions.get(timeframe);
    expressions?.batch.evaluate(inputs.bars).forEach((values, i) => raws.set(expressions.keys[i] ?? '', { values, needs: expressions.needs[i] }));
    const complete = completeBars(inputs.bars);
    for (const address of addresses) {
      const key = rawKey(address);
      if (!raws.has(key)) raws.set(key, guarded(() => rawOf(address, inputs, complete)));
    }
    return raws;
  }
}

function expressionsOf(addresses: readonly FactorAddress[]): Expressions {
  const graph = new ExpressionGraph();
  const texts = new Map(addresses.filter(({ definition }) => definition.isExpression).map((address) => [rawKey(address), address.definition.formula(address.lookback ?? NaN)]));
  const roots = [...texts.values()].map((text) => parseExpression(text, graph));
  return { batch: new ExpressionBatch(graph, roots), keys: [...texts.keys()], needs: roots.map((root) => graph.warmUp(root)) };
}

function rawOf({ definition, lookback }: FactorAddress, inputs: FactorInputs, complete: ReturnType<typeof completeBars>): Raw {
  const kernel = BAR_KERNELS[definition.name];
  if (kernel !== undefined) {
    const n = lookback ?? NaN;
    return { values: complete.spread(kernel.values(complete.bars, n, inputs.barsPerYear)), needs: kernel.needs(n) };
  }
  const given = inputs.given?.[definition.name];
  if (given !== undefined) return { values: given, needs: undefined };
  const other = definition.name === 'oil_beta' ? inputs.oilPrice : definition.inputs.includes('benchmark') ? inputs.benchmarkClose : undefined;
  if (other === undefined) {
    const missing = REASONS.find(([input]) => definition.inputs.includes(input))?.[1] ?? 'failed';
    return { missing, message: `${definition.name} needs ${definition.inputs.join(', ')}` };
  }
  const regression = rollingRegression(simpleReturns(inputs.bars.close), definition.name === 'oil_beta' ? logChanges(other) : simpleReturns(other), REGRESSION_WINDOW);
  const values = definition.name === 'resvol' ? regression.residualDeviation.map((value) => value * Math.sqrt(inputs.barsPerYear)) : regression.slope;
  return { values, needs: REGRESSION_WINDOW + 1 };
}

/** A definition that refuses its input is told alone; a defect is not caught. */
function guarded(compute: () => Raw): Raw {
  try {
    return compute();
  } catch (error) {
    const known = asNautilusError(error);
    if (known === undefined) throw error;
    return { missing: 'failed', message: known.message };
  }
}

function finished(address: FactorAddress, raw: Raw | undefined): FactorColumn {
  const id = formatFactorId(address);
  if (raw === undefined || 'missing' in raw) return { id, missing: raw?.missing ?? 'failed', message: raw?.message ?? 'was not computed' };
  const over = Object.hasOwn(TIME_TRANSFORMS, address.transform) ? (address.transform as TimeTransform) : undefined;
  if (over === undefined) return { id, values: raw.values.slice(), needs: raw.needs, pending: address.transform };
  return { id, values: TIME_TRANSFORMS[over](raw.values), needs: raw.needs === undefined ? undefined : raw.needs + EXTRA_BARS[over], pending: undefined };
}

function checkLengths({ bars, benchmarkClose, oilPrice, given = {} }: FactorInputs): void {
  for (const [path, column] of Object.entries({ ...bars, benchmarkClose, oilPrice, ...given }) as [string, Float64Array | undefined][]) {
    if (column !== undefined && column.length !== bars.close.length) throw new InvalidInputError([{ path, message: `has ${column.length} values for ${bars.close.length} bars` }]);
  }
}

/** The bars without gaps, and the way back to the place of each. */
function completeBars(bars: ExpressionColumns): { readonly bars: CompleteBars; readonly spread: (values: Float64Array) => Float64Array } {
  const columns = [bars.open, bars.high, bars.low, bars.close, bars.volume];
  const places: number[] = [];
  for (let t = 0; t < bars.close.length; t++) if (columns.every((column) => !Number.isNaN(column[t]))) places.push(t);
  if (places.length === bars.close.length) return { bars, spread: (values) => values };
  const pick = (column: Float64Array): Float64Array => Float64Array.from(places, (t) => column[t] ?? NaN);
  return {
    bars: { open: pick(bars.open), high: pick(bars.high), low: pick(bars.low), close: pick(bars.close), volume: pick(bars.volume) },
    spread: (values) => {
      const whole = new Float64Array(bars.close.length).fill(NaN);
      places.forEach((t, k) => (whole[t] = values[k] ?? NaN));
      return whole;
    },
  };
}
