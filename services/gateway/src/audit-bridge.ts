import type { DeliveryContext } from '@nautilus/bus';
import type { Message } from '@nautilus/model';
import type { Context } from './context.ts';

/**
 * Mirrors what travels on Engine Logic, the only bus this process is on, into the audit stream of the main Redis
 * (contract.md, section 4.7). While that is away the bus keeps the messages and offers them again.
 */
export async function mirror(messages: readonly Message[], context: Context, delivery: DeliveryContext): Promise<void> {
  const { audit } = context.state;
  if (audit === undefined) return;
  await audit.open().write(messages, delivery.bus);
  context.metrics.audited.inc({}, messages.length);
}

/** What `/health` says of the bridge. */
export function auditHealth({ state: { audit } }: Context): Readonly<Record<string, unknown>> {
  if (audit === undefined) return { enabled: false, connected: false, reason: 'no main Redis is configured (REDIS_HOST)' };
  const stream = audit.current();
  return stream === undefined
    ? { enabled: true, connected: false, reason: 'nothing to write yet, or another replica writes' }
    : { enabled: true, connected: stream.connected, reason: stream.lastError };
}
