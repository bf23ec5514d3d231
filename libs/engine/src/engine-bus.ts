import type { Provenance } from '@nautilus/model';
import type { Bus, PublishOptions } from '@nautilus/bus';
import type { ProvenanceTracker } from './context.ts';

/** `replay` before the first observation, because nothing live was seen. */
export function createProvenanceTracker(): ProvenanceTracker {
  let current: Provenance = 'replay';
  return {
    get current() {
      return current;
    },
    observe: (provenance) => void (current = provenance),
  };
}

/**
 * The bus as an engine sees it: its messages carry the provenance of the data now served unless the publisher
 * knows better, and each accepted one is told to `published`.
 */
export function engineBus(bus: Bus, tracker: ProvenanceTracker, published: (topic: string) => void): Bus {
  const marked = (options: PublishOptions | undefined): PublishOptions =>
    options === undefined ? { provenance: tracker.current }
    : options.provenance === undefined ? { ...options, provenance: tracker.current }
    : options;
  return {
    publish: (topic, payload, options) => bus.publish(topic, payload, marked(options)).then(() => published(topic)),
    consume: (consumption) => bus.consume(consumption),
    request: (topic, payload, options) =>
      bus.request(topic, payload, { ...options, provenance: options.provenance ?? tracker.current }).then((reply) => {
        published(topic);
        return reply;
      }),
    reply: (request, payload, options) => bus.reply(request, payload, marked(options)),
    replay: (request) => bus.replay(request),
    deadLetters: (name, limit) => bus.deadLetters(name, limit),
    putDeadLetter: (name, letter) => bus.putDeadLetter(name, letter),
    retryDeadLetter: (name, id) => bus.retryDeadLetter(name, id),
    putBulk: (name, bytes, lifetimeMs) => bus.putBulk(name, bytes, lifetimeMs),
    takeBulk: (name, bulk) => bus.takeBulk(name, bulk),
    discovered: () => bus.discovered(),
    status: () => bus.status(),
    ping: (name, timeoutMs) => bus.ping(name, timeoutMs),
    flush: (deadlineMs) => bus.flush(deadlineMs),
    close: (deadlineMs) => bus.close(deadlineMs),
  };
}
