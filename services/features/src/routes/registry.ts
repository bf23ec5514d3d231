import { z } from 'zod';
import { routesOf } from '@nautilus/engine';
import type { Context } from '../context.ts';
import { CATEGORIES, FEATURES } from '../registry.ts';

const { get } = routesOf<Context>();

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
        features: z.array(
          z.object({ name: z.string(), category: z.string(), formula: z.string(), unit: z.string(), parameters: z.record(z.string(), z.number()), is_variable: z.boolean().describe('Whether a grid of other parameters may be asked for'), required_bars: z.int(), convention: z.string() }),
        ),
      }),
    },
    () => ({
      total_features: FEATURES.length,
      categories: Object.fromEntries(CATEGORIES.map((category) => [category, FEATURES.filter((feature) => feature.category === category).length])),
      synthetic_features: 0,
      features: FEATURES.map((feature) => ({
        name: feature.name,
        category: feature.category,
        formula: feature.formula,
        unit: feature.unit,
        parameters: { ...feature.parameters },
        is_variable: feature.isVariable,
        required_bars: feature.requiredBars,
        convention: feature.category === 'fundamental' ? 'point in time' : 'TA-Lib',
      })),
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
