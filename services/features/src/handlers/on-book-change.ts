import { z } from 'zod';
import type { DeliveryContext } from '@nautilus/engine';
import { parseSymbol, type Message } from '@nautilus/model';
import type { Context } from '../context.ts';

const payloadSchema = z.object({
  symbol: z.string().optional(),
  symbols: z.array(z.string()).optional(),
  positions: z.array(z.object({ symbol: z.string() })).optional(),
});

/** What portfolios hold and strategies trade is followed, also when not every symbol is sent. */
export function onBookChange(message: Message, context: Context, delivery: DeliveryContext): void {
  context.state.checkpoints.note(message, delivery);
  const parsed = payloadSchema.safeParse(message.payload);
  if (!parsed.success) return;
  const named = [parsed.data.symbol, ...(parsed.data.symbols ?? []), ...(parsed.data.positions ?? []).map((position) => position.symbol)];
  for (const text of named) {
    const symbol = text === undefined ? undefined : parseSymbol(text);
    if (symbol !== undefined) context.state.followed.add(symbol);
  }
}
