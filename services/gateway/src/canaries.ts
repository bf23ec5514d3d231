import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Endpoint } from './registry.ts';

const weightsSchema = z.record(z.string(), z.number().min(0).max(100));

/**
 * Share of an endpoint's requests that goes to its canary, by the endpoint's Service name. Read from a mounted file,
 * which Kubernetes renews in place; a file that is missing or cannot be read means no canary.
 */
export class Canaries {
  readonly #file: string | undefined;
  readonly #random: () => number;
  #percents: Readonly<Record<string, number>> = {};

  constructor(file: string | undefined, random: () => number) {
    this.#file = file;
    this.#random = random;
    this.read();
  }

  read(): void {
    if (this.#file === undefined) return;
    try {
      this.#percents = weightsSchema.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
    } catch {
      this.#percents = {};
    }
  }

  /** Whether this request is one for the canary. */
  takes(endpoint: Pick<Endpoint, 'service'>): boolean {
    const percent = this.#percents[endpoint.service] ?? 0;
    return percent > 0 && this.#random() * 100 < percent;
  }
}
