import type { Message } from '@nautilus/model';
import type { Context } from '../context.ts';

/** Above this many undelivered messages the bus waits: that is where a backlog belongs. */
const PENDING_LIMIT = 5_000;

/** Everything that travels on a bus goes to the clients that asked for its topic. */
export function onMessage(message: Message, context: Context): Promise<void> | undefined {
  const { hub } = context.state;
  context.state.received += 1;
  hub.publish({
    topic: message.topic,
    data: message.payload,
    messageId: message.message_id,
    timestamp: message.timestamp,
    priority: message.priority,
  });
  return hub.pending >= PENDING_LIMIT ? hub.flush() : undefined;
}
