import type { z } from 'zod';
import type { Context } from './context.ts';
import { featuresOver } from './feature-book.ts';
import { featuresPayload, type featuresSchema } from './payload.ts';
import { barsFor, type BarsAsked } from './request-bars.ts';
import { select, type Selected, type Selection } from './selection.ts';
import type { SymbolFeatures } from './symbol-features.ts';

export interface CalculationRequest extends Selection, BarsAsked {
  /** Instead of the usual number of the bar size. */
  readonly barsPerYear?: number | undefined;
}

type Calculated = z.infer<typeof featuresSchema> & { readonly performance: { readonly duration_ms: number; readonly bars: number } };

/**
 * InvalidInputError for an unknown feature name (with near ones) and for bars that are none; NotFoundError when
 * nothing is known of the symbol.
 */
export async function calculate(request: CalculationRequest, context: Context): Promise<Calculated> {
  const selected = select(request);
  const started = context.clock.monotonic();
  const features = await featuresFor(request, selected, context);
  const payload = featuresPayload(features, new Set(selected.definitions.map(({ name }) => name)));
  return { ...payload, performance: { duration_ms: counted(context, started), bars: features.bars } };
}

/** Counts a calculation that began at `started`; milliseconds since then. */
export function counted({ clock, state, metrics }: Context, started: number): number {
  const durationMs = clock.monotonic() - started;
  state.calculations += 1;
  metrics.calculation.observe(durationMs / 1000);
  return durationMs;
}

async function featuresFor(request: CalculationRequest, { definitions, areLive }: Selected, context: Context): Promise<SymbolFeatures> {
  const { symbol, timeframe, asOf, barsPerYear } = request;
  const { book } = context.state;
  const { bars: given, limit } = request;
  const live = areLive && barsPerYear === undefined && given === undefined && limit === undefined && timeframe === '1m' ? book.get(symbol) : undefined;
  const newest = live?.lastBar?.end_ms;
  if (live !== undefined && (asOf === undefined || (newest !== undefined && newest <= asOf))) return live;
  const bars = await barsFor(request, context);
  return featuresOver({ symbol, timeframe, barsPerYear }, bars, book.knownFilings(symbol), definitions);
}
