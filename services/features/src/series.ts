import { InvalidInputError, isoFromMs, type Bar, type Clock } from '@nautilus/model';
import { counted, type CalculationRequest } from './calculate.ts';
import type { Context } from './context.ts';
import type { FeatureDefinition, FeatureReading, UnitInputs } from './feature.ts';
import { barsPerYearOf } from './feature-book.ts';
import { barsFor } from './request-bars.ts';
import { select } from './selection.ts';

/** Features times bars of one answer: some ten megabytes of JSON. */
const MOST_VALUES = 500_000;
/** Bars of the buses and probes are not kept waiting longer; how long it took is looked at after so many bars. */
const LONGEST_TURN_MS = 20;
const BARS_A_LOOK = 64;

export interface FeatureSeries {
  readonly values: (number | string | null)[];
  /** As long as the values. */
  readonly components: Record<string, (number | null)[]>;
  readonly category: string;
  readonly unit: string;
  readonly convention: string;
  readonly parameters: Record<string, number>;
  readonly inputs: string[];
  readonly required_bars: number;
}

interface SeriesAnswer {
  readonly symbol: string;
  readonly timeframe: CalculationRequest['timeframe'];
  readonly times: string[];
  readonly series: Record<string, FeatureSeries>;
  readonly performance: { readonly duration_ms: number; readonly bars: number };
}

/**
 * Every value of the features over given or stored bars; null while a feature warms up or cannot be computed. Throws
 * as `calculate` does, and InvalidInputError for bars that do not ascend and for more values than one answer holds.
 */
export async function seriesOver(request: CalculationRequest, context: Context): Promise<SeriesAnswer> {
  const { definitions } = select(request);
  const started = context.clock.monotonic();
  const { symbol, timeframe } = request;
  const bars = await barsFor(request, context);
  if (bars.length * definitions.length > MOST_VALUES) {
    throw new InvalidInputError([{ path: 'bars', message: `${bars.length} bars of ${definitions.length} features are more than ${MOST_VALUES} values: ask for fewer of either` }]);
  }
  const late = bars.findIndex((bar, i) => bar.start_ms <= (bars[i - 1]?.start_ms ?? -Infinity));
  if (late >= 0) throw new InvalidInputError([{ path: `bars.${late}`, message: 'must be later than the bar before' }]);
  const inputs = { barsPerYear: request.barsPerYear ?? barsPerYearOf(timeframe), filings: context.state.book.knownFilings(symbol) };
  const series: Record<string, FeatureSeries> = {};
  for (const definition of definitions) series[definition.name] = await seriesOf(definition, bars, inputs, context.clock);
  return {
    symbol, timeframe, times: bars.map(({ end_ms }) => isoFromMs(end_ms)), series,
    performance: { duration_ms: counted(context, started), bars: bars.length },
  };
}

async function seriesOf(definition: FeatureDefinition, bars: readonly Bar[], inputs: UnitInputs, clock: Clock): Promise<FeatureSeries> {
  const unit = definition.create(inputs);
  const values = new Array<number | string | null>(bars.length).fill(null);
  const components: Record<string, (number | null)[]> = {};
  let turn = clock.monotonic();
  for (const [i, bar] of bars.entries()) {
    const reading = unit.update(bar);
    values[i] = valueOf(reading);
    for (const [name, value] of Object.entries(reading.components ?? {})) (components[name] ??= new Array<number | null>(bars.length).fill(null))[i] = finite(value);
    if (i % BARS_A_LOOK !== 0 || clock.monotonic() - turn < LONGEST_TURN_MS) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    turn = clock.monotonic();
  }
  const { category, unit: measure, convention, parameters, inputs: of, requiredBars } = definition;
  return { values, components, category, unit: measure, convention, parameters: { ...parameters }, inputs: [...of], required_bars: requiredBars };
}

function valueOf({ number, label }: FeatureReading): number | string | null {
  return number === undefined ? null : (label ?? finite(number));
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
