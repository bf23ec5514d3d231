/** How long an answer may be given again: many dashboards ask for the same bars within a second. */
const FRESH_MS = 1_000;
const LARGEST = 200;

/** Answers by question, for a moment. Questions that come while one is being answered share its answer. */
export class AnswerCache {
  readonly #monotonic: () => number;
  readonly #answers = new Map<string, { readonly atMs: number; readonly value: Promise<unknown> }>();

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  async get<T>(question: string, ask: () => Promise<T>): Promise<{ readonly hit: boolean; readonly value: T }> {
    const known = this.#answers.get(question);
    if (known !== undefined && this.#monotonic() - known.atMs < FRESH_MS) return { hit: true, value: (await known.value) as T };
    const value = ask();
    this.#answers.delete(question);
    const oldest = this.#answers.size >= LARGEST ? this.#answers.keys().next().value : undefined;
    if (oldest !== undefined) this.#answers.delete(oldest);
    this.#answers.set(question, { atMs: this.#monotonic(), value });
    // A failure is not an answer: the next one asks again.
    value.catch(() => this.#answers.delete(question));
    return { hit: false, value: await value };
  }
}
