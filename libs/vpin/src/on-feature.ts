import { z } from 'zod';
import type { Message } from '@nautilus/model';
import type { VpinContext } from './host.ts';

const featuresSchema = z.object({
  symbol: z.string(),
  features: z.record(z.string(), z.object({ value: z.unknown() })),
});

/** The volatility regime stands beside VPIN in every answer, so that a reader sees in what market a value arose. */
export function onVpinFeature(message: Message, context: VpinContext): void {
  const parsed = featuresSchema.safeParse(message.payload);
  // Other features messages (a single value, say) carry no regime.
  if (!parsed.success) return;
  const regime = parsed.data.features['vol_regime']?.value;
  if (regime !== undefined) context.state.vpin.books.setRegime(parsed.data.symbol, regime === null ? null : String(regime));
}
