import { asNautilusError, CorruptDataError, InvalidInputError, topics, type Clock } from '@nautilus/model';
import type { Bus } from '@nautilus/bus';
import { carry, columnsOf, fetchBytes } from './carriage.ts';
import { OffsetEstimate } from './clock-offset.ts';
import { packColumns, type PackedColumns } from './columns.ts';
import type { Compute, Computed, ComputeRequest, Ran } from './compute.ts';
import { MOST_BYTES, resultSchema, type ComputeResult, type Lane } from './task.ts';

export interface BusComputeParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Runs what nobody else did. */
  readonly local: Compute;
  /** Names the machine whose clock `clock.monotonic` is; equal names mean comparable times. */
  readonly clockName: string;
  readonly lane: Lane;
  /** Time that a try may take unless the request says otherwise. */
  readonly timeoutMs: number;
  /** Hears of every measured hand-off. */
  readonly onHandoff: (milliseconds: number) => void;
  /** Hears of every task that ran here after all. */
  readonly onFallback: (reason: string) => void;
}

/** A request is sent once more after a try that failed on the way. */
const TRIES = 2;
/** Bulk data outlives its task by this. */
const BULK_GRACE_MS = 10_000;

/**
 * Runs kernels in the neural-GPU service, over the third bus; after a try and a retry, or where the service is known to
 * be away, here, with the reason.
 */
export class BusCompute implements Compute {
  readonly #parts: BusComputeParts;
  readonly #offsets = new Map<string, OffsetEstimate>();
  /** False from an empty task that nobody answered until one that was answered. */
  #present = true;

  constructor(parts: BusComputeParts) {
    this.#parts = parts;
  }

  async run(request: ComputeRequest): Promise<Computed> {
    const away = this.#awayReason();
    if (away !== undefined) return this.#here(request, away);
    const packed = packColumns(request.columns);
    if (packed.bytes.byteLength > MOST_BYTES) return this.#here(request, 'too_large_for_the_bus');
    const taskId = this.#parts.newId();
    let reason = 'no_answer';
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      try {
        const answered = await this.#try(taskId, request, packed);
        const { result } = answered;
        if (result.status === 'completed') return await this.#received(answered);
        if (result.problems !== null) throw new InvalidInputError(result.problems);
        reason = `${result.status}:${result.reason ?? 'unknown'}`;
        // Whoever refused would refuse again at once.
        if (result.status === 'rejected') break;
      } catch (error) {
        reason = reasonOf(error);
      }
    }
    return this.#here(request, reason);
  }

  /** An empty task: an idle system then has hand-off times too, and knows whether the service is there. */
  async probe(): Promise<void> {
    if (!this.#connected()) return;
    try {
      const { result, transportHandoffMs } = await this.#try(this.#parts.newId(), { kind: 'empty', parameters: null, columns: {} }, packColumns({}));
      this.#present = result.status === 'completed';
      if (transportHandoffMs !== null) this.#parts.onHandoff(transportHandoffMs);
    } catch (error) {
      if (asNautilusError(error) === undefined) throw error;
      this.#present = false;
    }
  }

  /** Whether the last empty task was answered and the bus is connected. */
  get reachable(): boolean {
    return this.#awayReason() === undefined;
  }

  #awayReason(): string | undefined {
    if (!this.#connected()) return 'neural_gpu_bus_lost';
    return this.#present ? undefined : 'neural_gpu_service_away';
  }

  #connected(): boolean {
    return this.#parts.bus.status().some(({ bus, connected }) => bus === 'neural_gpu' && connected);
  }

  async #here(request: ComputeRequest, reason: string): Promise<Computed> {
    this.#parts.onFallback(reason.split(':')[0] ?? reason);
    const computed = await this.#parts.local.run(request);
    return { ...computed, ran: { ...computed.ran, fallback_reason: reason } };
  }

  async #try(taskId: string, request: ComputeRequest, packed: PackedColumns): Promise<Answered> {
    const { bus, clock, clockName, lane } = this.#parts;
    const timeoutMs = request.timeoutMs ?? this.#parts.timeoutMs;
    const sent = clock.monotonic();
    const columns = await carry(packed, bus, timeoutMs + BULK_GRACE_MS);
    const task = { task_id: taskId, kind: request.kind, lane, parameters: request.parameters, columns, timeout_ms: timeoutMs, clock: clockName, sent };
    const reply = await bus.request(topics.compute.request.of(request.kind), task, {
      deadlineMs: timeoutMs, expiresInMs: timeoutMs, processingDeadlineInMs: timeoutMs, ...(request.priority === undefined ? {} : { priority: request.priority }),
    });
    const answered = clock.monotonic();
    const result = resultOf(reply.payload);
    const { received, replied } = result.marks;
    this.#offsetOf(result.clock).add({ sent, received, replied, answered });
    return { result, transportHandoffMs: this.#handoff(result, sent) };
  }

  /** Null where the worker never held the task, or where the error of the clocks' offset exceeds what is measured. */
  #handoff({ clock, marks, repeated }: ComputeResult, sent: number): number | null {
    if (marks.held === null || repeated) return null;
    if (clock === this.#parts.clockName) return Math.max(0, marks.held - sent);
    const estimate = this.#offsetOf(clock).current;
    const handoff = marks.held - sent - (estimate?.offset ?? 0);
    return estimate === undefined || estimate.error > handoff ? null : handoff;
  }

  #offsetOf(clock: string): OffsetEstimate {
    const known = this.#offsets.get(clock) ?? new OffsetEstimate();
    this.#offsets.set(clock, known);
    return known;
  }

  async #received({ result, transportHandoffMs }: Answered): Promise<Computed> {
    const { bus, onHandoff } = this.#parts;
    const { columns: carried, marks } = result;
    const columns = carried === null ? {} : columnsOf(carried.layout, await fetchBytes(carried, bus));
    if (transportHandoffMs !== null) onHandoff(transportHandoffMs);
    const transport = bus.status().find((status) => status.bus === 'neural_gpu')?.transport ?? null;
    const ran: Ran = {
      processing_method: result.lane, backend: result.backend, device: result.device, accelerated: result.accelerated,
      hardware_acceleration: result.accelerated ? 'direct_handoff' : 'cpu_fallback',
      processing_time_ms: marks.started === null || marks.ended === null ? 0 : marks.ended - marks.started,
      handoff_time_ms: transportHandoffMs, transport,
    };
    return { value: result.value, columns, ran };
  }
}

interface Answered {
  readonly result: ComputeResult;
  readonly transportHandoffMs: number | null;
}

function resultOf(payload: unknown): ComputeResult {
  const parsed = resultSchema.safeParse(payload);
  if (!parsed.success) throw new CorruptDataError(`the result has another shape: ${parsed.error.issues[0]?.message ?? ''}`);
  return parsed.data;
}

/** A word for what went wrong on the way; what the kernel refused, and defects, are thrown on. */
function reasonOf(error: unknown): string {
  const known = asNautilusError(error);
  if (known === undefined || known.kind === 'invalid_input') throw error;
  return known.kind === 'deadline' ? 'no_answer_in_time' : known.kind === 'transient' ? 'neural_gpu_bus_lost' : known.kind;
}
