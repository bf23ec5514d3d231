import { InvalidInputError, type Message } from '@nautilus/model';
import { toxicityAlertSchema, vpinReadingSchema } from '@nautilus/vpin';
import type { z } from 'zod';
import type { Context } from '../context.ts';

/** Sinks of this engine's own results. A row that exists already is left as it is, so twice has the effect of once. */
export async function persistResults(messages: readonly Message[], context: Context): Promise<void> {
  await context.store.vpin.appendBuckets(
    messages.map((message) => {
      const reading = parse(vpinReadingSchema, message);
      return {
        symbol: reading.symbol,
        series: reading.series,
        bucketId: reading.volume_bucket.bucket_id,
        startMs: Date.parse(reading.start_time),
        endMs: Date.parse(reading.timestamp),
        targetVolume: reading.volume_bucket.target_volume,
        buyVolume: reading.volume_bucket.buy_volume,
        sellVolume: reading.volume_bucket.sell_volume,
        orderImbalance: reading.volume_bucket.order_imbalance,
        vpin: reading.vpin_value,
        toxicityLevel: reading.toxicity_level,
        confidence: reading.confidence,
        percentile: reading.percentile,
        warmingUp: reading.warming_up,
        parameters: reading.parameters,
        source: reading.source,
        provenance: reading.provenance,
      };
    }),
  );
}

export async function persistAlerts(messages: readonly Message[], context: Context): Promise<void> {
  // Alerts of the enhanced engine travel on the same topics and are not this engine's to store.
  const own = messages.filter((message) => message.source_engine === context.engine.engine);
  await context.store.vpin.appendAlerts(
    own.map((message) => {
      const alert = parse(toxicityAlertSchema, message);
      return {
        id: alert.id,
        symbol: alert.symbol,
        time: Date.parse(alert.timestamp),
        severity: alert.severity,
        percentile: alert.percentile,
        basis: alert.basis,
        vpin: alert.vpin_value,
        cleared: alert.cleared,
        provenance: alert.provenance,
      };
    }),
  );
}

function parse<T extends z.ZodType>(schema: T, message: Message): z.infer<T> {
  const parsed = schema.safeParse(message.payload);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(parsed.error.issues.map((issue) => ({ path: `payload.${issue.path.join('.')}`, message: issue.message })));
}
