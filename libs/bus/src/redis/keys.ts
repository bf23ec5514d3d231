import { PRIORITIES, type BusName } from '@nautilus/model';
import type { Lane } from '../stream-server.ts';

/** Names of what a bus keeps in Redis. `prefix` is empty but in tests that share a server. */
export class Keys {
  readonly #prefix: string;
  readonly #bus: BusName;

  constructor(bus: BusName, prefix: string) {
    this.#prefix = `${prefix}nautilus:`;
    this.#bus = bus;
  }

  /** A stream per priority; retried messages of a group in a stream of its own. */
  lane(lane: Lane, group: string): string {
    return lane === 'RETRY' ? `${this.#prefix}${this.#bus}:retry:${group}` : `${this.#prefix}${this.#bus}:lane:${lane}`;
  }

  lanes(group: string): readonly (readonly [Lane, string])[] {
    return [...PRIORITIES, 'RETRY' as const].map((lane) => [lane, this.lane(lane, group)] as const);
  }

  get letters(): string {
    return `${this.#prefix}${this.#bus}:dead`;
  }

  /** Groups that end with their process, by the time until which they are kept. */
  get ephemeral(): string {
    return `${this.#prefix}${this.#bus}:ephemeral`;
  }

  bulk(name: string): string {
    return `${this.#prefix}${this.#bus}:bulk:${name}`;
  }

  discovery(engineId: string): string {
    return `${this.#prefix}discovery:${engineId}`;
  }
}
