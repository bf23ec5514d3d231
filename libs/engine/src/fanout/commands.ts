import { Unpackr } from 'msgpackr';
import { z } from 'zod';
import { isPattern } from '@nautilus/model';

/** What a client may say (contract.md, section 3.6). The answer bears the `id` of its command. */
const patterns = z.array(z.string()).min(1).max(200);
const id = z.union([z.string().max(200), z.number()]).optional();
const commandSchema = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('subscribe'),
    id,
    topics: patterns,
    snapshot: z.boolean().default(true),
    from_seq: z.int().nonnegative().optional(),
    epoch: z.string().optional(),
    seqs: z.record(z.string(), z.int().nonnegative()).optional().describe('Last seq of every topic that the client knows, instead of from_seq: topics that it does not name are resumed from 0.'),
    conflate_ms: z.int().min(0).max(60_000).optional().describe('Of these topics the newest state per interval; of several subscriptions that match, the shortest interval holds. Events are never held back.'),
  }),
  z.object({ action: z.literal('unsubscribe'), id, topics: patterns }),
  z.object({ action: z.literal('resume'), id, topics: z.array(z.object({ topic: z.string(), epoch: z.string(), seq: z.int().nonnegative() })).min(1).max(200) }),
  z.object({ action: z.literal('list'), id }),
  z.object({ action: z.literal('ping'), id, t: z.unknown().optional() }),
  z.object({ action: z.literal('snapshot'), id, topics: patterns }),
]);

export type Command = z.infer<typeof commandSchema>;
export type CommandId = z.infer<typeof id>;
export type Parsed =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly code: 'malformed_frame' | 'unknown_action'; readonly problem: string; readonly id: CommandId };

/** JSON Schema of what a client may say. */
export function commandJsonSchema(): unknown {
  return z.toJSONSchema(commandSchema, { io: 'input' });
}

const ACTIONS = new Set<unknown>(commandSchema.options.map((option) => option.shape.action.value));
const unpackr = new Unpackr({ useRecords: false });

/** Text is JSON on either protocol; binary is msgpack and only legal where msgpack was agreed on. */
export function parseCommand(data: Buffer, isBinary: boolean): Parsed {
  let value: unknown;
  try {
    value = isBinary ? unpackr.unpack(data) : JSON.parse(data.toString('utf8'));
  } catch {
    return { ok: false, code: 'malformed_frame', problem: isBinary ? 'not msgpack' : 'not JSON', id: undefined };
  }
  const parsed = commandSchema.safeParse(value);
  if (parsed.success) return { ok: true, command: parsed.data };
  const fields = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const problem = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'frame'}: ${issue.message}`).join('; ');
  const isUnknown = typeof fields['action'] === 'string' && !ACTIONS.has(fields['action']);
  return { ok: false, code: isUnknown ? 'unknown_action' : 'malformed_frame', problem, id: id.safeParse(fields['id']).data };
}

export function splitPatterns(topics: readonly string[]): { readonly legal: readonly string[]; readonly illegal: readonly string[] } {
  return { legal: topics.filter(isPattern), illegal: topics.filter((topic) => !isPattern(topic)) };
}
