import { z } from 'zod';
import { routesOf } from '@nautilus/engine';
import type { Context } from '../context.ts';
import { CATEGORIES } from '../feature.ts';
import { FAMILIES, FEATURE_NAMES, FEATURES } from '../registry.ts';

const { get } = routesOf<Context>();

const listed = FAMILIES.map((family) => {
  const { name, category, formula, unit, parameters, requiredBars, convention, inputs } = family.make(family.name);
  return {
    name, category, formula, unit, parameters: { ...parameters }, is_variable: family.isVariable, required_bars: requiredBars, always: FEATURE_NAMES.has(name),
    convention, conventions: [...family.conventions], inputs: [...inputs],
  };
});

export const registryRoutes = [
  get(
    '/features/registry',
    {
      summary: 'Every feature with its formula, parameters, warm-up and unit.',
      aliases: ['/features/available'],
      response: z.object({
        total_features: z.int(),
        categories: z.record(z.string(), z.int()),
        synthetic_features: z.int(),
        always_present: z.int().describe('Features that run for every symbol; the others are computed where they are named.'),
        features: z.array(
          z.object({
            name: z.string(), category: z.string(), formula: z.string(), unit: z.string(), parameters: z.record(z.string(), z.number()), is_variable: z.boolean().describe('Whether a grid of other parameters may be asked for'),
            required_bars: z.int(), always: z.boolean(), convention: z.string().describe('Followed unless another is asked for'), conventions: z.array(z.string()),
            inputs: z.array(z.string()).describe('Of a function of one or two series those it takes unless told; empty: whole bars'),
          }),
        ),
      }),
    },
    () => ({
      total_features: FAMILIES.length,
      always_present: FEATURES.length,
      categories: Object.fromEntries(CATEGORIES.map((category) => [category, listed.filter((feature) => feature.category === category).length])),
      synthetic_features: 0,
      features: listed,
    }),
  ),
  get(
    '/features/stats',
    {
      summary: 'What this engine is doing.',
      response: z.object({ symbols_tracked: z.int(), bars_taken: z.int(), calculations: z.int(), subscriptions: z.int(), followed: z.array(z.string()) }),
    },
    (_input, context) => {
      const { book, calculations, subscriptions, followed } = context.state;
      const symbols = book.symbols();
      return {
        symbols_tracked: symbols.length,
        bars_taken: symbols.reduce((sum, symbol) => sum + (book.get(symbol)?.bars ?? 0), 0),
        calculations,
        subscriptions: subscriptions.size,
        followed: [...followed].sort(),
      };
    },
  ),
];
