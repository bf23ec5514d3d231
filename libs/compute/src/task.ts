import { z } from 'zod';

/** Where a computation was sent (contract.md, 2.4); it says nothing about the hardware. */
export const LANES = ['neural_engine', 'metal_gpu', 'neural_gpu_hybrid', 'cpu'] as const;
export type Lane = (typeof LANES)[number];

/** Bytes up to this size travel inside a message, more of them beside it. */
export const INLINE_BYTES = 16 * 1024;
/** More is refused: the caller computes where it is. */
export const MOST_BYTES = 64 * 1024 * 1024;

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes');
const layout = z.array(z.tuple([z.string(), z.int().min(0)]));

/** Columns of a task or a result: inside the message, or kept on the bus under a name. */
const columnsSchema = z.object({ layout, inline: bytes.optional(), bulk: z.string().optional(), byte_length: z.int().min(0) });
export type CarriedColumns = z.infer<typeof columnsSchema>;

/** Times of the machine's own clock in milliseconds; `clock` names the machine whose clock it is. */
const time = z.number();

/** Payload of `compute.request.{kind}`. */
export const taskSchema = z.object({
  /** The same for every try of one task: a task that is known is not computed again. */
  task_id: z.string().min(1),
  kind: z.string().min(1),
  lane: z.enum(LANES),
  parameters: z.unknown(),
  columns: columnsSchema,
  timeout_ms: z.number().positive().max(600_000),
  clock: z.string(),
  /** t0: just before the request was written. */
  sent: time,
});
export type ComputeTask = z.infer<typeof taskSchema>;

const marks = z.object({
  /** t1: read by the coordinator. t2: the worker holds the decoded task. t3, t4: the kernel. t5 is the requester's. */
  received: time, held: time.nullable(), started: time.nullable(), ended: time.nullable(), replied: time,
});
export type Marks = z.infer<typeof marks>;

/** `rejected`: not taken, because it could not be done in time. `expired`: its time was over before it was done. */
const outcome = z.enum(['completed', 'failed', 'rejected', 'expired']);
export type Outcome = z.infer<typeof outcome>;

/** Payload of `compute.result.*`. */
export const resultSchema = z.object({
  task_id: z.string(),
  kind: z.string(),
  status: outcome,
  reason: z.string().nullable(),
  /** Of input that the kernel refused. */
  problems: z.array(z.object({ path: z.string(), message: z.string() })).nullable(),
  retry_after_ms: z.number().nullable(),
  lane: z.enum(LANES),
  backend: z.enum(['cpu', 'cuda', 'coreml', 'webgpu']),
  device: z.string(),
  accelerated: z.boolean(),
  clock: z.string(),
  marks,
  /** The kernel read the very memory that the requester wrote. */
  zero_copy: z.boolean(),
  /** The result was there from an earlier try. */
  repeated: z.boolean(),
  value: z.unknown(),
  columns: columnsSchema.nullable(),
});
export type ComputeResult = z.infer<typeof resultSchema>;
