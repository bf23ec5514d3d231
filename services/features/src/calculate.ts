import { InvalidInputError, NotFoundError, type Bar, type Timeframe } from '@nautilus/model';
import type { z } from 'zod';
import { barProblem } from './bar-problem.ts';
import type { Context } from './context.ts';
import { featuresOver } from './feature-book.ts';
import { featuresPayload, type featuresSchema } from './payload.ts';
import { FEATURES, nearNames, type FeatureDefinition } from './registry.ts';
import type { SymbolFeatures } from './symbol-features.ts';
import { variantsOf, type ParameterGrid } from './variants.ts';

export interface CalculationRequest {
  readonly symbol: string;
  readonly names: readonly string[] | undefined;
  /** Features with other parameters than the registered ones, beside `names`; alone when there are none. */
  readonly grid?: ParameterGrid | undefined;
  readonly category?: string;
  readonly bars: readonly { readonly timestamp: string; readonly open: number; readonly high: number; readonly low: number; readonly close: number; readonly volume: number }[] | undefined;
  readonly asOf: number | undefined;
  readonly timeframe: Timeframe;
}

/** Enough for every warm-up and for 252 values after the longest one. */
const STORED_BARS = 1_000;
const DURATION_MS: Readonly<Record<Timeframe, number>> = { '1m': 60_000, '5m': 300_000, '15m': 900_000, '1h': 3_600_000, '1d': 86_400_000 };

type Calculated = z.infer<typeof featuresSchema> & { readonly performance: { readonly duration_ms: number; readonly bars: number } };

/**
 * InvalidInputError for an unknown feature name (with near ones) and for bars that are none; NotFoundError when
 * nothing is known of the symbol.
 */
export async function calculate(request: CalculationRequest, context: Context): Promise<Calculated> {
  const variants = variantsOf(request.grid ?? {});
  const registered = variants.length > 0 && request.names === undefined ? new Set<string>() : namesOf(request);
  const names = new Set([...registered, ...variants.map(({ name }) => name)]);
  const started = context.clock.monotonic();
  const definitions = variants.length === 0 ? undefined : [...FEATURES.filter(({ name }) => registered.has(name)), ...variants];
  const features = await featuresFor(request, definitions, context);
  const payload = featuresPayload(features, names);
  const durationMs = context.clock.monotonic() - started;
  context.state.calculations += 1;
  context.metrics.calculation.observe(durationMs / 1000);
  return { ...payload, performance: { duration_ms: durationMs, bars: features.bars } };
}

/** Unknown names out of `names`, each with what is said about it. */
export function unknownNames(names: readonly string[]): ReadonlyMap<string, string> {
  const offered = FEATURES.map((feature) => feature.name);
  return new Map(names.filter((name) => !offered.includes(name)).map((name) => [name, unknownMessage(name, offered)]));
}

function unknownMessage(name: string, offered: readonly string[], kind = 'feature'): string {
  const near = nearNames(name, offered);
  return `"${name}" is no ${kind}${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`;
}

function namesOf({ names, category }: CalculationRequest): ReadonlySet<string> {
  const offered = FEATURES.filter((feature) => category === undefined || feature.category === category).map((feature) => feature.name);
  if (names === undefined) return new Set(offered);
  const unknown = names.filter((name) => !offered.includes(name));
  if (unknown.length > 0) {
    throw new InvalidInputError(
      unknown.map((name) => ({ path: 'features', message: unknownMessage(name, offered, category === undefined ? 'feature' : `${category} feature`) })),
      'malformed',
      '/problems/unknown-feature',
    );
  }
  return new Set(names);
}

async function featuresFor(request: CalculationRequest, definitions: readonly FeatureDefinition[] | undefined, context: Context): Promise<SymbolFeatures> {
  const { symbol, timeframe, asOf } = request;
  const filings = context.state.book.knownFilings(symbol);
  if (request.bars !== undefined) return featuresOver(symbol, timeframe, given(request), filings, definitions);
  const live = context.state.book.get(symbol);
  const newest = live?.lastBar?.end_ms;
  // What runs live has the registered parameters.
  if (definitions === undefined && live !== undefined && timeframe === '1m' && (asOf === undefined || (newest !== undefined && newest <= asOf))) return live;
  const range = asOf === undefined ? {} : { to: asOf };
  const stored = await context.store.market.bars(symbol, timeframe, range, { limit: STORED_BARS, latest: true });
  // A bar that begins before as_of but ends after it was not known then.
  const known = stored.items.filter((bar) => bar.end_ms <= (asOf ?? Infinity));
  if (known.length > 0) return featuresOver(symbol, timeframe, known, filings, definitions);
  throw new NotFoundError('symbol', `no bars of ${symbol} are known`, { active: context.state.book.symbols() });
}

function given({ symbol, timeframe, bars }: CalculationRequest): readonly Bar[] {
  const problems = (bars ?? []).flatMap((bar, i) => {
    const problem = barProblem(bar);
    return problem === undefined ? [] : [{ path: `bars.${i}`, message: `the bar of ${bar.timestamp} ${problem}` }];
  });
  if (problems.length > 0) throw new InvalidInputError(problems.slice(0, 20));
  return (bars ?? []).map((bar): Bar => {
    const start = Date.parse(bar.timestamp);
    return {
      symbol, venue: '', timeframe, start_ms: start, end_ms: start + DURATION_MS[timeframe], open: bar.open, high: bar.high, low: bar.low, close: bar.close,
      volume: bar.volume, trade_count: null, vwap: null, is_final: true, revision: 0, source: 'request', provenance: 'simulated', run_id: null,
    };
  });
}
