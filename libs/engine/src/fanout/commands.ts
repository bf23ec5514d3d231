import { Unpackr } from 'msgpackr';
import { z } from 'zod';
import { isPattern } from '@nautilus/model';

/** What a client may say (contract.md, section 3.6). */
const patterns = z.array(z.string()).min(1).max(200);
const commandSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('subscribe'),
    topics: patterns,
    from_seq: z.int().nonnegative().optional(),
    epoch: z.string().optional(),
    conflate_ms: z.int().min(0).max(60_000).optional(),
  }),
  z.object({ action: z.literal('unsubscribe'), topics: patterns }),
  z.object({ action: z.literal('list') }),
  z.object({ action: z.literal('ping'), t: z.unknown().optional() }),
  z.object({ action: z.literal('snapshot'), topics: patterns }),
]);

export type Command = z.infer<typeof commandSchema>;
export type Parsed = { readonly ok: true; readonly command: Command } | { readonly ok: false; readonly problem: string };

const unpackr = new Unpackr({ useRecords: false });

/** Text is JSON on either protocol; binary is msgpack and only legal where msgpack was agreed on. */
export function parseCommand(data: Buffer, isBinary: boolean): Parsed {
  let value: unknown;
  try {
    value = isBinary ? unpackr.unpack(data) : JSON.parse(data.toString('utf8'));
  } catch {
    return { ok: false, problem: isBinary ? 'not msgpack' : 'not JSON' };
  }
  const parsed = commandSchema.safeParse(value);
  if (parsed.success) return { ok: true, command: parsed.data };
  return { ok: false, problem: parsed.error.issues.map((issue) => `${issue.path.join('.') || 'frame'}: ${issue.message}`).join('; ') };
}

export function splitPatterns(topics: readonly string[]): { readonly legal: readonly string[]; readonly illegal: readonly string[] } {
  return { legal: topics.filter(isPattern), illegal: topics.filter((topic) => !isPattern(topic)) };
}
