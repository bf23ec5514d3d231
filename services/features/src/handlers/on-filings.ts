import { z } from 'zod';
import type { DeliveryContext } from '@nautilus/engine';
import { InvalidInputError, parseSymbol, type Message } from '@nautilus/model';
import type { Context } from '../context.ts';

const day = z.iso.date();
const payloadSchema = z.object({
  symbol: z.string(),
  source: z.string().min(1),
  facts: z.array(z.object({ tag: z.string().min(1), start: day.nullable(), end: day, filed: day, value: z.number() })),
});

/** Reported figures of a company: `market_data.fundamental.<symbol>`. They count from the day after they were filed. */
export function onFilings(message: Message, context: Context, delivery: DeliveryContext): void {
  const parsed = payloadSchema.safeParse(message.payload);
  if (!parsed.success) {
    throw new InvalidInputError(parsed.error.issues.map((issue) => ({ path: `payload.${issue.path.join('.')}`, message: issue.message })));
  }
  const { facts, source } = parsed.data;
  const symbol = parseSymbol(parsed.data.symbol);
  if (symbol === undefined) throw new InvalidInputError([{ path: 'payload.symbol', message: 'is no symbol' }]);
  if (!context.state.checkpoints.take(symbol, message, delivery)) return;
  context.state.book.filingsOf(symbol).add(
    facts.map((fact) => ({
      tag: fact.tag,
      startMs: fact.start === null ? null : Date.parse(fact.start),
      endMs: Date.parse(fact.end),
      // Only the day of filing is known, not the hour: using it on that day might look ahead.
      filedMs: Date.parse(fact.filed) + 86_400_000,
      value: fact.value,
    })),
    source,
  );
}
