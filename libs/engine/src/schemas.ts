import { z } from 'zod';
import { parseSymbol } from '@nautilus/model';

/** Pieces of route schemas that several engines need. */

/** Any case in, upper case out. */
export const symbolParam = z
  .string()
  .transform((text, context) => {
    const parsed = parseSymbol(text);
    if (parsed === undefined) context.addIssue({ code: 'custom', message: 'not a symbol' });
    return parsed ?? z.NEVER;
  })
  .describe('Symbol, in any case');

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional().describe('next_cursor of the page before'),
};

export const pageOf = <T extends z.ZodType>(item: T): z.ZodObject<{ items: z.ZodArray<T>; next_cursor: z.ZodNullable<z.ZodString> }> =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() });

/** An ISO 8601 time with an offset, as milliseconds. */
export const timeQuery = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .optional();

/** Which lane carried a computation and what the hardware was (contract.md, section 2.4). */
export const laneFields = {
  processing_method: z.string(),
  backend: z.enum(['cpu', 'cuda', 'coreml', 'webgpu']),
  device: z.string(),
  accelerated: z.boolean(),
  hardware_acceleration: z.enum(['direct_handoff', 'cpu_fallback']),
  processing_time_ms: z.number(),
  handoff_time_ms: z.number().nullable(),
};

/** What a computation in this process reports: it ran on the CPU and was handed to nobody. */
export function computedHere(processingTimeMs: number): {
  processing_method: 'cpu'; backend: 'cpu'; device: 'cpu'; accelerated: false; hardware_acceleration: 'cpu_fallback'; processing_time_ms: number; handoff_time_ms: null;
} {
  return {
    processing_method: 'cpu', backend: 'cpu', device: 'cpu', accelerated: false, hardware_acceleration: 'cpu_fallback', processing_time_ms: processingTimeMs, handoff_time_ms: null,
  };
}
