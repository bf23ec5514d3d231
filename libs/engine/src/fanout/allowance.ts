import type { FanoutClient } from './client.ts';

const WINDOW_MS = 60_000;
const COMMANDS = 100;
const MALFORMED = 10;

interface Count {
  since: number;
  commands: number;
  malformed: number;
}

/** How much a client may say in a minute. */
export class Allowance {
  readonly #monotonic: () => number;
  readonly #counts = new WeakMap<FanoutClient, Count>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** False when this command is one too many. */
  command(client: FanoutClient): boolean {
    const count = this.#of(client);
    count.commands += 1;
    return count.commands <= COMMANDS;
  }

  /** False when this malformed frame is one too many. */
  malformed(client: FanoutClient): boolean {
    const count = this.#of(client);
    count.malformed += 1;
    return count.malformed < MALFORMED;
  }

  #of(client: FanoutClient): Count {
    const now = this.#monotonic();
    const known = this.#counts.get(client);
    if (known !== undefined && now - known.since < WINDOW_MS) return known;
    const fresh = { since: now, commands: 0, malformed: 0 };
    this.#counts.set(client, fresh);
    return fresh;
  }
}
