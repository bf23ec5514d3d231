import { carry, fetchBytes, MOST_BYTES, taskSchema, type ComputeResult, type ComputeTask } from '@nautilus/compute';
import { asNautilusError, InvalidInputError, topics, type Message } from '@nautilus/model';
import type { Context } from '../context.ts';
import type { Finished } from '../coordinator.ts';

/** A result that nobody took by then is forgotten. */
const RESULT_KEPT_MS = 30_000;

/**
 * Takes a task in. The message is settled as soon as the task stands in the queue, not when it is done: its owner sends
 * a task again that nobody answered. While there is no room nothing more is read, and the backlog stays on the bus.
 * @throws InvalidInputError for what is no task: the message goes to the dead letters
 */
export async function onRequest(message: Message, context: Context): Promise<void> {
  const { coordinator } = context.state;
  const received = context.clock.monotonic();
  const parsed = taskSchema.safeParse(message.payload);
  if (!parsed.success) throw new InvalidInputError(parsed.error.issues.map((issue) => ({ path: `payload.${issue.path.join('.')}`, message: issue.message })));
  const task = parsed.data;
  await coordinator.room();
  const outcome = coordinator.known(task.task_id) ?? take(message, task, received, context);
  void outcome.then((finished) => answer(message, finished, received, context)).catch((error: unknown) => {
    context.log.warn({ error, task: task.task_id, kind: task.kind }, 'a result was not sent');
  });
}

async function take(message: Message, task: ComputeTask, received: number, { state, bus, clock }: Context): Promise<Finished> {
  const { coordinator } = state;
  const { columns, ...asked } = task;
  const leftMs = Math.min(task.timeout_ms, (message.processing_deadline ?? Infinity) - clock.now());
  const arrival = { task: asked, layout: columns.layout, requester: message.source_engine, priority: message.priority, received, deadline: received + leftMs };
  if (columns.byte_length > MOST_BYTES) return coordinator.refuse(arrival, 'too_large');
  try {
    const finished = await coordinator.submit({ ...arrival, bytes: await fetchBytes(columns, bus) });
    const { held } = finished.marks;
    // Only times of one clock can be subtracted.
    if (held !== null && task.clock === state.machine.clockName) state.handoffs.add(Math.max(0, held - task.sent), clock.monotonic());
    return finished;
  } catch (error) {
    if (asNautilusError(error) === undefined) throw error;
    return coordinator.refuse(arrival, 'columns_gone');
  }
}

async function answer(message: Message, { packed, ...finished }: Finished, received: number, { bus, clock }: Context): Promise<void> {
  const columns = packed === null ? null : await carry(packed, bus, RESULT_KEPT_MS);
  const result: ComputeResult = { ...finished, columns, marks: { ...finished.marks, received, replied: clock.monotonic() } };
  if (message.reply_to !== null) return bus.reply(message, result);
  await bus.publish(topics.compute.result.of(finished.kind), result, { correlationId: message.message_id });
}
