import { InvalidInputError, parseSymbol, type Message } from '@nautilus/model';
import type { Context } from '../context.ts';
import { dataRequestSchema, queryData } from '../data-query.ts';

/** Answers `data.request.*` as `GET /data/{symbol}` does. A question without a return address is invalid. */
export async function answerRequest(message: Message, context: Context): Promise<void> {
  const parsed = dataRequestSchema.safeParse(message.payload);
  if (!parsed.success) throw new InvalidInputError(parsed.error.issues.map((issue) => ({ path: `payload.${issue.path.join('.')}`, message: issue.message })));
  if (message.reply_to === null) throw new InvalidInputError([{ path: 'reply_to', message: 'a request needs a return address' }]);
  const { symbol: text, ...query } = parsed.data;
  const symbol = parseSymbol(text);
  if (symbol === undefined) throw new InvalidInputError([{ path: 'payload.symbol', message: 'not a symbol' }]);
  const answer = await queryData(symbol, query, context);
  await context.bus.reply(message, answer, { provenance: answer.provenance });
}
