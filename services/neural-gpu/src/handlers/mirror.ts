import type { Message } from '@nautilus/model';
import type { Context } from '../context.ts';

const NAME = 'neural_gpu';

/**
 * Copies a result of a triple engine from the Neural-GPU bus to Engine Logic under its own id, so that every subscriber
 * handles it once. The original is settled when the copy is accepted. A copy is never copied again.
 */
export async function mirror(message: Message, { bus, clock, metrics, state }: Context): Promise<void> {
  if (message.mirrored_from !== null) return;
  await bus.publish(message.topic, message.payload, {
    messageId: message.message_id,
    mirroredFrom: NAME,
    routingHistory: [...message.routing_history, message.source_engine],
    priority: message.priority,
    provenance: message.provenance,
    targets: message.target_engines,
    ...(message.correlation_id === null ? {} : { correlationId: message.correlation_id }),
    ...(message.expiry_timestamp === null ? {} : { expiresInMs: message.expiry_timestamp - clock.now() }),
    ...(message.processing_time_ms === null ? {} : { processingTimeMs: message.processing_time_ms }),
    ...(message.traceparent === null ? {} : { traceparent: message.traceparent }),
  });
  metrics.mirrored.inc();
  state.mirrored += 1;
}
