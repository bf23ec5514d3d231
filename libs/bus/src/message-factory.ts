import { InvalidInputError, MESSAGE_VERSION, isTopic, type Message, type Route } from '@nautilus/model';
import type { BusOptions, PublishOptions } from './bus.ts';

const NOBODY: readonly string[] = Object.freeze([]);
/** Topics are few; a bound keeps a publisher of made-up topics from filling memory. */
const KNOWN_TOPICS = 50_000;

/** Stamps payloads into messages. Routes are looked up once per topic. */
export class MessageFactory {
  readonly #options: BusOptions;
  readonly #routes = new Map<string, Route>();

  constructor(options: BusOptions) {
    this.#options = options;
  }

  /** Throws InvalidInputError for a topic that is none. */
  make(topic: string, payload: unknown, options: PublishOptions): { readonly message: Message; readonly route: Route } {
    const route = this.#routeOf(topic);
    const { identity, ambient } = this.#options;
    const now = ambient.now();
    const message: Message = {
      message_id: options.messageId ?? ambient.newId(),
      message_type: route.messageType,
      topic,
      priority: options.priority ?? route.priority,
      source_engine: identity.engine,
      source_instance: identity.instance,
      target_engines: options.targets ?? NOBODY,
      payload,
      timestamp: now,
      expiry_timestamp: options.expiresInMs === undefined ? null : now + options.expiresInMs,
      processing_deadline: options.processingDeadlineInMs === undefined ? null : now + options.processingDeadlineInMs,
      correlation_id: options.correlationId ?? null,
      reply_to: options.replyTo ?? null,
      version: MESSAGE_VERSION,
      routing_history: options.routingHistory ?? NOBODY,
      processing_time_ms: options.processingTimeMs ?? null,
      provenance: options.provenance ?? 'live',
      mirrored_from: options.mirroredFrom ?? null,
      replayed: false,
      traceparent: options.traceparent ?? null,
    };
    return { message, route };
  }

  #routeOf(topic: string): Route {
    const known = this.#routes.get(topic);
    if (known !== undefined) return known;
    if (!isTopic(topic)) throw new InvalidInputError([{ path: 'topic', message: `"${topic}" is not a topic` }]);
    const route = this.#options.route(topic);
    if (this.#routes.size >= KNOWN_TOPICS) this.#routes.clear();
    this.#routes.set(topic, route);
    return route;
  }
}
