import { z } from 'zod';
import { InvalidInputError, type Message } from '@nautilus/model';
import type { Context } from '../context.ts';

const rowSchema = z.object({ feature: z.string(), value: z.number().nullable(), reason: z.string().nullable(), confidence: z.number() });
const payloadSchema = z.object({ symbol: z.string(), as_of: z.string(), source: z.string(), rows: z.array(rowSchema) });

/** Stores what was computed per bar. The same bar again changes nothing. */
export async function persist(messages: readonly Message[], context: Context): Promise<void> {
  const rows = messages.flatMap((message) => {
    const parsed = payloadSchema.safeParse(message.payload);
    if (!parsed.success) {
      throw new InvalidInputError(parsed.error.issues.map((issue) => ({ path: `payload.${issue.path.join('.')}`, message: issue.message })));
    }
    const { symbol, as_of, source } = parsed.data;
    const time = Date.parse(as_of);
    return parsed.data.rows.map((row) => ({ ...row, symbol, timeframe: '1m' as const, time, source, provenance: message.provenance }));
  });
  await context.store.features.append(rows);
}
