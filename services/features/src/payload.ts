import { z } from 'zod';
import { PROVENANCES } from '@nautilus/model';
import { FEATURE_NAMES } from './registry.ts';
import type { SymbolFeatures } from './symbol-features.ts';

const featureSchema = z.object({
  value: z.union([z.number(), z.string()]).nullable(),
  category: z.string(),
  confidence: z.number(),
  zscore: z.number().nullable(),
  percentile: z.number().nullable(),
  is_synthetic: z.literal(false),
  data_sources: z.array(z.string()),
  components: z.record(z.string(), z.number()).optional(),
  reason: z.string().optional(),
  needs: z.int().optional(),
  has: z.int().optional(),
});

export const featuresSchema = z.object({
  symbol: z.string(),
  as_of: z.string().nullable(),
  run_id: z.string().nullable(),
  features: z.record(z.string(), featureSchema),
  flags: z.object({
    after_gap: z.int().describe('Bars that came after missing ones'), missing_bars: z.int(), refused: z.int(), last_gap: z.object({ from: z.string(), to: z.string() }).nullable(),
  }).describe('What lowers the confidence of all features'),
  provenance: z.enum(PROVENANCES),
});

/** What travels on the bus and, with `performance`, over HTTP. */
export function featuresPayload(features: SymbolFeatures, names: ReadonlySet<string> = FEATURE_NAMES): z.infer<typeof featuresSchema> {
  return {
    symbol: features.symbol,
    as_of: features.asOf(),
    run_id: features.runId,
    features: features.values(names),
    flags: features.flags(),
    provenance: features.provenance,
  };
}
