import { z } from 'zod';
import { routesOf, symbolParam } from '@nautilus/engine';
import { InvalidInputError, TIMEFRAMES } from '@nautilus/model';
import { EWMA_DECAY } from '@nautilus/quant';
import type { Context } from '../context.ts';
import { meansAndDeviations, mixtureOver, regimesOver, VOLATILITY_MODELS, volatilityOver } from '../model-fits.ts';
import { barsFor } from '../request-bars.ts';
import { BODY_LIMIT } from './request.ts';

const { post } = routesOf<Context>();

/** About twenty years of days: a fit takes its time on the event loop. */
const MOST_RETURNS = 5_100;
const WINDOW = 20;

const stored = {
  timeframe: z.enum(TIMEFRAMES).optional().describe('Of the stored bars; default 1d.'),
  as_of: z.iso.datetime({ offset: true }).optional(),
  limit: z.int().min(100).max(MOST_RETURNS).optional().describe('Stored bars at most, the newest; default 1,000.'),
};
const returns = z.array(z.number()).max(MOST_RETURNS).optional().describe('In percent. Without them those of the stored closes, 100·ln.');
const fitted = { symbol: z.string(), observations: z.int() };
const errors = { 404: 'No bars of the symbol are stored.' };

interface StoredQuestion {
  readonly timeframe?: (typeof TIMEFRAMES)[number] | undefined;
  readonly as_of?: string | undefined;
  readonly limit?: number | undefined;
}

async function returnsOf(symbol: string, given: readonly number[] | undefined, { timeframe = '1d', as_of: asOf, limit }: StoredQuestion, context: Context): Promise<Float64Array> {
  if (given !== undefined) return Float64Array.from(given);
  const bars = await barsFor({ symbol, bars: undefined, asOf: asOf === undefined ? undefined : Date.parse(asOf), timeframe, limit }, context);
  return Float64Array.from(bars.slice(1), ({ close }, i) => 100 * Math.log(close / (bars[i]?.close ?? NaN)));
}

export const modelRoutes = [
  post(
    '/features/models/volatility/{symbol}',
    {
      summary: 'A volatility model fitted to returns: parameters, path and forecast.',
      description: 'GARCH(1,1), with an asymmetric term (GJR), or the exponential average of RiskMetrics. Volatilities are percent a bar, forecasts percent².',
      params: { symbol: symbolParam },
      body: z.object({
        returns, ...stored,
        model: z.enum(VOLATILITY_MODELS).default('garch'), mean: z.enum(['constant', 'zero']).default('constant'), errors: z.enum(['normal', 'student_t']).default('normal'),
        decay: z.number().gt(0).lt(1).default(EWMA_DECAY.daily).describe('Of ewma'), horizon: z.int().min(1).max(250).default(5),
      }),
      response: z.object({
        ...fitted, model: z.enum(VOLATILITY_MODELS), parameters: z.record(z.string(), z.number()),
        standard_errors: z.record(z.string(), z.number()).nullable().describe('Robust (Bollerslev & Wooldridge 1992); null where there are none, as beside a boundary'),
        log_likelihood: z.number(), akaike: z.number().nullable(), bayes: z.number().nullable(), backcast: z.number().nullable().describe('Stands for the square before the first return'), converged: z.boolean().nullable(),
        volatilities: z.array(z.number()), forecast_variances: z.array(z.number()),
      }),
      bodyLimitBytes: BODY_LIMIT, errors, example: { model: 'gjr', timeframe: '1d' },
    },
    async ({ params: { symbol }, body }, context) => {
      const sample = await returnsOf(symbol, body.returns, body, context);
      return { symbol, observations: sample.length, model: body.model, ...volatilityOver(sample, body) };
    },
  ),
  post(
    '/features/models/regimes/{symbol}',
    {
      summary: 'Two regimes, calm and turbulent, that follow a Markov chain.',
      description: 'Filtered probabilities know the past only, smoothed ones the whole sample: never trade on those.',
      params: { symbol: symbolParam },
      body: z.object({ returns, ...stored }),
      response: z.object({
        ...fitted, parameters: z.object({ stay_calm: z.number(), become_calm: z.number(), means: z.array(z.number()), variances: z.array(z.number()) }),
        log_likelihood: z.number(), converged: z.boolean(), filtered: z.array(z.number()).describe('Probability of turbulence'), smoothed: z.array(z.number()), expected_durations: z.array(z.number()).describe('Bars: calm, turbulent'),
      }),
      bodyLimitBytes: BODY_LIMIT, errors, example: { timeframe: '1d' },
    },
    async ({ params: { symbol }, body }, context) => {
      const sample = await returnsOf(symbol, body.returns, body, context);
      return { symbol, observations: sample.length, ...regimesOver(sample) };
    },
  ),
  post(
    '/features/models/mixture/{symbol}',
    {
      summary: 'Gaussian mixture over rows of numbers; without them over mean and deviation of the returns.',
      description: `Components come in rising order of the mean of the last column, and labels name them so. Without rows each is the mean and the deviation of ${WINDOW} returns in a row.`,
      params: { symbol: symbolParam },
      body: z.object({ rows: z.array(z.array(z.number()).min(1).max(4)).max(MOST_RETURNS).optional(), returns, ...stored, components: z.int().min(1).max(4).default(3) }),
      response: z.object({
        ...fitted, components: z.array(z.object({ weight: z.number(), mean: z.array(z.number()), covariance: z.array(z.array(z.number())) })),
        mean_log_likelihood: z.number(), converged: z.boolean(), labels: z.array(z.int()),
      }),
      bodyLimitBytes: BODY_LIMIT, errors, example: { timeframe: '1d', components: 3 },
    },
    async ({ params: { symbol }, body }, context) => {
      if (body.rows !== undefined && body.returns !== undefined) throw new InvalidInputError([{ path: 'rows', message: 'are given beside returns: one of both' }]);
      const rows = body.rows ?? meansAndDeviations(await returnsOf(symbol, body.returns, body, context), WINDOW);
      return { symbol, observations: rows.length, ...mixtureOver(rows, body.components) };
    },
  ),
];
