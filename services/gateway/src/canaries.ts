import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Endpoint } from './registry.ts';

const weightsSchema = z.record(z.string(), z.number().min(0).max(100));

/** A canary that did not answer gets no requests for this long: it may have been removed, which the file tells late. */
const REST_MS = 10_000;

/**
 * Share of an endpoint's requests that goes to its canary, by the endpoint's Service name. Read from a mounted file,
 * which Kubernetes renews in place; a file that is missing or cannot be read means no canary.
 */
export class Canaries {
  readonly #file: string | undefined;
  readonly #random: () => number;
  readonly #monotonic: () => number;
  readonly #restsUntil = new Map<string, number>();
  #percents: Readonly<Record<string, number>> = {};

  constructor(file: string | undefined, random: () => number, monotonic: () => number) {
    this.#file = file;
    this.#random = random;
    this.#monotonic = monotonic;
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
    return percent > 0 && this.#random() * 100 < percent && (this.#restsUntil.get(endpoint.service) ?? -Infinity) <= this.#monotonic();
  }

  failed(endpoint: Pick<Endpoint, 'service'>): void {
    this.#restsUntil.set(endpoint.service, this.#monotonic() + REST_MS);
  }
}
