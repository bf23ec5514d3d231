import { matches, topics, type Message } from '@nautilus/model';
import { ALERTS } from '../alerts.ts';
import type { Context } from '../context.ts';

/** Above this many undelivered messages the bus waits: that is where a backlog belongs. */
const PENDING_LIMIT = 5_000;

/** Everything that travels on a bus goes to the clients that asked for its topic. */
export function onMessage(message: Message, context: Context): Promise<void> | undefined {
  const { hub, cluster } = context.state;
  const { topic } = message;
  context.state.received += 1;
  hub.publish({
    topic,
    data: message.payload,
    messageId: message.message_id,
    timestamp: message.timestamp,
    priority: message.priority,
    provenance: message.provenance,
  });
  if (matches(topics.systemHealth.all, topic)) cluster.take(message.payload, context.clock.now());
  else if (ALERTS.matches(topic)) recordAlert(message, context);
  return hub.pending >= PENDING_LIMIT ? hub.flush() : undefined;
}

/** The same row from every replica; a lost database must not hold up an alert. */
function recordAlert({ message_id: id, timestamp: time, topic, payload: data }: Message, context: Context): void {
  context.store.sockets.log([{ id, time, topic, recipients: context.state.hub.recipients(topic), data }]).catch((error: unknown) => {
    context.log.warn({ error: String(error), topic }, 'alert not recorded');
  });
}
