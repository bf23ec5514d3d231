import { z } from 'zod';
import { routesOf, symbolParam, timeQuery } from '@nautilus/engine';
import { InvalidInputError } from '@nautilus/model';
import type { Context } from '../context.ts';
import { driftOf, DRIFT_LEVELS, FEWEST_VALUES } from '../drift.ts';
import { FEATURE_NAMES } from '../registry.ts';
import { unknownNames } from '../selection.ts';

const { get } = routesOf<Context>();

const span = z.object({ from: z.string().nullable(), to: z.string().nullable(), observations: z.int() });
const count = (usual: number) => z.coerce.number().int().min(FEWEST_VALUES).max(5_000).default(usual);

export const driftRoutes = [
  get(
    '/features/drift/{symbol}',
    {
      summary: 'How far the newest values of each feature have moved from those before them.',
      description: 'Population stability index over ten classes of the reference, two-sample Kolmogorov–Smirnov distance, shift of the mean in deviations of the reference. The p-value takes values for independent, which those of overlapping windows are not.',
      params: { symbol: symbolParam },
      query: {
        feature: z.string().optional().describe('One of them; without it all'),
        recent: count(390).describe('Values that are compared'), reference: count(1_950).describe('Values before them'), to: timeQuery.describe('Exclusive end of the newest'),
      },
      response: z.object({
        symbol: z.string(),
        items: z.array(z.object({
          feature: z.string(), reference: span, recent: span, psi: z.number().nullable(), level: z.enum(DRIFT_LEVELS).nullable(), ks_distance: z.number().nullable(), ks_p_value: z.number().nullable(),
          mean_shift: z.number().nullable(), deviation_ratio: z.number().nullable(), reason: z.string().optional(),
        })),
      }),
      errors: { 503: 'The database is away.' },
    },
    async ({ params: { symbol }, query: { feature: only, recent, reference, to } }, { store }) => {
      const problem = only === undefined ? undefined : unknownNames([only], [...FEATURE_NAMES]).get(only);
      if (problem !== undefined) throw new InvalidInputError([{ path: 'query.feature', message: problem }], 'malformed', '/problems/unknown-feature');
      const range = to === undefined ? {} : { to };
      const items = [];
      for (const feature of only === undefined ? FEATURE_NAMES : [only]) items.push(await driftOf(store.features, { symbol, feature, recent, reference, range }));
      return { symbol, items };
    },
  ),
];
