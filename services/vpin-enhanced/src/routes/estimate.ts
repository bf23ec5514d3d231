import { z } from 'zod';
import { computedHere, laneFields, routesOf, symbolParam } from '@nautilus/engine';
import { InvalidInputError } from '@nautilus/model';
import { informedTradingSteps, informedVolumeSteps } from '@nautilus/quant';
import type { Context } from '../context.ts';
import { estimateInformedTrading, inSlices } from '../estimation.ts';
import { pinEstimate, pinEstimateSchema, volumeEstimate, type PinEstimate } from '../wire.ts';
import { entryOf } from './analysis.ts';

const { post } = routesOf<Context>();

const body = z.object({
  symbol: symbolParam.optional().describe('Takes the daily counts of this run when no days are posted.'),
  days: z.array(z.object({ buys: z.number().nonnegative(), sells: z.number().nonnegative() })).max(5_000).optional().describe('Trades per day by side: PIN.'),
  buckets: z
    .array(z.object({ buy_volume: z.number().nonnegative(), sell_volume: z.number().nonnegative(), duration_seconds: z.number().positive() }))
    .max(5_000)
    .optional()
    .describe('Volume buckets: IVPIN.'),
  lot: z.number().positive().default(1).describe('Units of bucket volume that count as one.'),
});

async function estimated(given: z.infer<typeof body>, context: Context): Promise<{ readonly estimate: PinEstimate | undefined; readonly n: number }> {
  if (given.buckets !== undefined) {
    const { buckets, lot } = given;
    const fit = await inSlices(
      informedVolumeSteps({
        bought: Float64Array.from(buckets, (bucket) => bucket.buy_volume / lot),
        sold: Float64Array.from(buckets, (bucket) => bucket.sell_volume / lot),
        durations: Float64Array.from(buckets, (bucket) => bucket.duration_seconds),
      }),
      context,
    );
    return { estimate: fit === undefined ? undefined : volumeEstimate({ fit, lot }), n: buckets.length };
  }
  const { days, symbol } = given;
  if (days === undefined) {
    if (symbol === undefined) throw new InvalidInputError([{ path: 'body', message: 'one of symbol, days and buckets is needed' }]);
    const entry = entryOf(symbol, context);
    const n = entry.stream.days.counts().buys.length;
    const fit = await estimateInformedTrading(entry, context);
    return { estimate: fit === undefined ? undefined : pinEstimate(fit), n };
  }
  const fit = await inSlices(informedTradingSteps(Float64Array.from(days, ({ buys }) => buys), Float64Array.from(days, ({ sells }) => sells)), context);
  return { estimate: fit === undefined ? undefined : pinEstimate(fit), n: days.length };
}

export const estimateRoutes = [
  post(
    '/pin/estimate',
    {
      summary: 'PIN from daily trade counts, or IVPIN from volume buckets, by maximum likelihood with Hessian errors.',
      description: 'PIN: Easley et al. 1996 and 2002, starts of Yan & Zhang 2012. IVPIN: Ke & Lin 2017. Below 20 observations the estimate is null with its reason. Runs in slices of a few milliseconds.',
      body,
      response: z.object({ symbol: z.string().nullable(), estimate: pinEstimateSchema.nullable(), n: z.int(), reason: z.string().optional(), ...laneFields }),
      bodyLimitBytes: 16 * 1024 * 1024,
      errors: { 404: 'No trades of the symbol were seen.' },
      example: { symbol: 'IBM', days: Array.from({ length: 20 }, (_, day) => ({ buys: 100 + ((37 * day) % 60), sells: 90 + ((53 * day) % 70) })) },
    },
    async ({ body: given }, context) => {
      const started = context.clock.monotonic();
      const { estimate, n } = await estimated(given, context);
      const durationMs = context.clock.monotonic() - started;
      context.metrics.estimation.observe(durationMs / 1000);
      return {
        symbol: given.symbol ?? null,
        estimate: estimate ?? null,
        n,
        ...(estimate === undefined ? { reason: 'insufficient_history' } : estimate.converged ? {} : { reason: 'not_converged' }),
        ...computedHere(durationMs),
      };
    },
  ),
];
