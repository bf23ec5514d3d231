import { z } from 'zod';
import { computedHere, laneFields, routesOf, symbolParam } from '@nautilus/engine';
import { PROVENANCES, TOXICITY_LEVELS, type ReasonCode } from '@nautilus/model';
import { fitRegimes, vpinCorrelation, type Dependence, type TimedValues, type VpinEntry } from '@nautilus/quant';
import { vpinEntryOf } from '@nautilus/vpin';
import type { Context } from './context.ts';

const { get } = routesOf<Context>();

const timing = z.object({ count: z.int(), mean_ms: z.number().nullable(), longest_ms: z.number().nullable() });
const dependence = z.object({ value: z.number(), p_value: z.number() }).nullable();
const FEWEST_FOR_REGIMES = 100;
/** Together they bound the fit to about a tenth of a second. */
const MOST_FOR_REGIMES = 500;
const REGIME_EVALUATIONS = 1_500;

function seriesOf({ readings }: VpinEntry): TimedValues {
  const known = readings.flatMap(({ endMs, vpin }) => (vpin === null ? [] : [{ endMs, vpin }]));
  return { timesMs: Float64Array.from(known, ({ endMs }) => endMs), values: Float64Array.from(known, ({ vpin }) => vpin) };
}

const shown = (figure: Dependence | undefined): z.infer<typeof dependence> => (figure === undefined ? null : { value: figure.value, p_value: figure.pValue });

/** Routes that look at the running streams of several symbols or at the regime of one. Twins serve them alike. */
export const crossAssetRoutes = [
  get(
    '/api/v1/vpin/performance',
    {
      summary: 'Measured durations, and how batches travel where they run in the neural-GPU service.',
      response: z.object({
        stream_updates: timing, batch_calculations: timing,
        neural_gpu: z.object({ reachable: z.boolean(), handoffs: z.int(), fallbacks: z.int(), last_handoff_ms: z.number().nullable() }).nullable().describe('Null on two buses.'),
      }),
    },
    (_input, { state: { vpin, twin } }) => ({
      stream_updates: vpin.timings.updates.view,
      batch_calculations: vpin.timings.batches.view,
      neural_gpu: twin === undefined ? null : { reachable: twin.compute.reachable, handoffs: twin.handoffs, fallbacks: twin.fallbacks, last_handoff_ms: twin.lastHandoffMs },
    }),
  ),
  get(
    '/api/v1/vpin/metrics/{symbol}',
    {
      summary: 'The last closed bucket of a symbol in short.',
      params: { symbol: symbolParam },
      response: z.object({
        symbol: z.string(), vpin_value: z.number().nullable(), toxicity_level: z.enum(TOXICITY_LEVELS).nullable(),
        order_flow_imbalance: z.number().nullable().describe('(bought − sold) / volume of the last closed bucket.'),
        informed_trading_probability: z.null().describe('Not estimated by this engine.'), volume_bucket_size: z.number(),
        bid_ask_spread: z.number().nullable().describe('Of the displayed quotes; null while none, or only one side, is known.'),
        price_impact: z.null().describe('Not estimated by this engine.'), confidence: z.number().nullable(), reason: z.string().optional(), provenance: z.enum(PROVENANCES),
      }),
      errors: { 404: 'No trades of the symbol were seen; the active symbols are listed.' },
    },
    ({ params }, context) => {
      const entry = vpinEntryOf(params.symbol, context);
      const last = entry.readings.at(-1);
      const volume = last === undefined ? 0 : last.buyVolume + last.sellVolume;
      return {
        symbol: entry.symbol,
        vpin_value: last?.vpin ?? null,
        toxicity_level: last?.level ?? null,
        order_flow_imbalance: last === undefined || volume === 0 ? null : (last.buyVolume - last.sellVolume) / volume,
        informed_trading_probability: null,
        volume_bucket_size: entry.stream.bucketVolume,
        bid_ask_spread: spreadOf(entry.symbol, context),
        price_impact: null,
        confidence: last?.confidence ?? null,
        ...(last === undefined ? { reason: 'below_one_bucket' } : last.vpin === null ? { reason: 'warming_up' } : {}),
        provenance: entry.provenance,
      };
    },
  ),
  get(
    '/api/v1/vpin/correlation/{first}/{second}',
    {
      summary: 'How VPIN of two symbols moves together, on a common clock of five minutes.',
      description: 'The last value is carried; a tick to which neither symbol brought a value gives no pair. Below 30 pairs the figures are null. The p-values (Student\'s t, two-sided) take pairs for independent, which overlapping samples of VPIN are not: they are lower bounds.',
      params: { first: symbolParam, second: symbolParam },
      query: { step_seconds: z.coerce.number().int().min(1).max(86_400).default(300) },
      response: z.object({ symbols: z.array(z.string()), step_seconds: z.int(), pairs: z.int(), pearson: dependence, spearman: dependence, reason: z.string().optional(), provenance: z.enum(PROVENANCES), ...laneFields }),
      errors: { 404: 'No trades of a symbol were seen; the active symbols are listed.' },
    },
    ({ params, query }, context) => {
      const started = context.clock.monotonic();
      const [first, second] = [vpinEntryOf(params.first, context), vpinEntryOf(params.second, context)];
      const { pairs, pearson, spearman } = vpinCorrelation(seriesOf(first), seriesOf(second), query.step_seconds * 1_000);
      return {
        symbols: [first.symbol, second.symbol], step_seconds: query.step_seconds, pairs, pearson: shown(pearson), spearman: shown(spearman),
        ...(pearson === undefined ? { reason: 'insufficient_history' } : {}),
        provenance: context.provenance.current,
        ...computedHere(context.clock.monotonic() - started),
      };
    },
  ),
  get(
    '/api/v1/vpin/regime/{symbol}',
    {
      summary: 'Two regimes of VPIN: a Gaussian hidden Markov model of the newest values, calm and turbulent.',
      description: 'Maximum likelihood over at most 500 values (Hamilton 1989); the calm regime is that of the smaller variance. The probability is filtered and does not look ahead. Null below 100 values.',
      params: { symbol: symbolParam },
      response: z.object({
        symbol: z.string(), regime: z.enum(['calm', 'turbulent']).nullable(), turbulence: z.number().nullable().describe('Probability of turbulence at the last bucket.'), values: z.int(),
        stay_calm: z.number().nullable(), become_calm: z.number().nullable(), means: z.array(z.number()).nullable(), standard_deviations: z.array(z.number()).nullable(), converged: z.boolean().nullable(),
        reason: z.string().optional(), provenance: z.enum(PROVENANCES), ...laneFields,
      }),
      errors: { 404: 'No trades of the symbol were seen; the active symbols are listed.' },
    },
    ({ params }, context) => {
      const started = context.clock.monotonic();
      const entry = vpinEntryOf(params.symbol, context);
      const values = seriesOf(entry).values.slice(-MOST_FOR_REGIMES);
      const common = { symbol: entry.symbol, values: values.length, provenance: entry.provenance };
      const none = (reason: ReasonCode) => ({ ...common, regime: null, turbulence: null, stay_calm: null, become_calm: null, means: null, standard_deviations: null, converged: null, reason, ...computedHere(context.clock.monotonic() - started) });
      if (values.length < FEWEST_FOR_REGIMES) return none('insufficient_history');
      if (values.every((value) => value === values[0])) return none('constant_series');
      const fit = fitRegimes(values, { maxEvaluations: REGIME_EVALUATIONS });
      const turbulence = fit.filtered.at(-1) ?? NaN;
      return {
        ...common, regime: turbulence > 0.5 ? ('turbulent' as const) : ('calm' as const), turbulence,
        stay_calm: fit.stayCalm, become_calm: fit.becomeCalm, means: [...fit.means], standard_deviations: fit.variances.map(Math.sqrt), converged: fit.converged,
        ...computedHere(context.clock.monotonic() - started),
      };
    },
  ),
];

function spreadOf(symbol: string, { state }: Context): number | null {
  const quote = state.vpin.quotes.get(symbol)?.quote;
  const [bid, ask] = [quote?.levels('bid')[0]?.price, quote?.levels('ask')[0]?.price];
  return bid === undefined || ask === undefined ? null : ask - bid;
}
