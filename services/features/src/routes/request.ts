import { z } from 'zod';
import { TIMEFRAMES } from '@nautilus/model';
import type { CalculationRequest } from '../calculate.ts';
import { BAR_SERIES, CHOSEN_CONVENTIONS } from '../feature.ts';
import type { Selection } from '../selection.ts';

const time = z.iso.datetime({ offset: true });
const barSchema = z.object({
  timestamp: time.describe('Start of the bar'),
  open: z.number(), high: z.number(), low: z.number(), close: z.number(), volume: z.number(),
});

/** Which features, and how. */
export const selectionFields = {
  features: z.array(z.string()).min(1).optional().describe('Names of the registry; without them those that are always present.'),
  parameters: z.record(z.string(), z.record(z.string(), z.array(z.number()).min(1).max(100))).optional()
    .describe('By feature and parameter the values to try: `{"sma": {"period": [10, 50]}}` answers `sma[period=10]` and `sma[period=50]`. At most 200 combinations.'),
  convention: z.enum(CHOSEN_CONVENTIONS).optional().describe('Whose starts and corner cases to follow, where a feature offers it; each answers which one it follows.'),
  inputs: z.array(z.enum(BAR_SERIES)).min(1).max(2).optional().describe('What functions of one series (the first) and of two are taken of, instead of their own inputs.'),
};

/** Over which bars. */
const barsFields = {
  bars: z.array(barSchema).max(50_000).optional().describe('Without them stored bars up to as_of are used; of features that run live their state.'),
  limit: z.int().min(1).max(50_000).optional().describe('Stored bars that are used at most, the newest; default 1,000.'),
  as_of: time.optional(),
  timeframe: z.enum(TIMEFRAMES).optional().describe('Of the bars; default 1m.'),
  bars_per_year: z.number().positive().max(1e9).optional().describe('For volatilities a year, instead of the usual number of bars of the size.'),
};

export const requestFields = { ...selectionFields, ...barsFields };
type Request = z.infer<z.ZodObject<typeof requestFields>>;
type SelectionPart = z.infer<z.ZodObject<typeof selectionFields>>;

export const BODY_LIMIT = 16 * 1024 * 1024;

export function selectionFrom({ features, parameters, convention, inputs }: SelectionPart): Selection {
  return { names: features, grid: parameters, choice: { convention, inputs } };
}

export function requestFrom(symbol: string, body: Request): CalculationRequest {
  return {
    ...selectionFrom(body), symbol, bars: body.bars, limit: body.limit, timeframe: body.timeframe ?? '1m', barsPerYear: body.bars_per_year,
    asOf: body.as_of === undefined ? undefined : Date.parse(body.as_of),
  };
}
