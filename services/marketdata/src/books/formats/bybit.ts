import { InvalidInputError } from '@nautilus/model';
import type { BookLevel } from '@nautilus/quant';
import { z } from 'zod';
import type { RecordedChange } from '../book-change.ts';

const levels = z.array(z.tuple([z.string(), z.string()]));
const lineSchema = z.object({
  topic: z.string(),
  type: z.enum(['snapshot', 'delta']),
  ts: z.number(),
  data: z.object({ s: z.string(), b: levels, a: levels, u: z.int() }),
});

/**
 * Bybit `orderbook.N` messages, one JSON text per line: `snapshot` resets, `delta` with size "0" deletes, `u` rises by one.
 * Throws InvalidInputError naming the line.
 */
export function readBybit(content: string, file: string): readonly RecordedChange[] {
  return content.trimEnd().split(/\r?\n/).map((line, index) => {
    const where = `${file}:${index + 1}`;
    const parsed = lineSchema.safeParse(parseJson(line));
    if (!parsed.success) throw new InvalidInputError([{ path: where, message: z.prettifyError(parsed.error) }]);
    const { type, ts, data } = parsed.data;
    const side = (pairs: readonly (readonly [string, string])[]): BookLevel[] => pairs.map(([price, size]) => ({ price: Number(price), size: Number(size) }));
    return { symbol: data.s, timeMs: ts, isSnapshot: type === 'snapshot', first: data.u, last: data.u, previous: null, bids: side(data.b), asks: side(data.a), allowGap: false };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
