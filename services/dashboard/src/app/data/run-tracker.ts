const remembered = 64;

export type RunVerdict = 'same' | 'new' | 'past';

/**
 * Tells which messages belong to the replay run that is now shown. A seek, a loop or a start begins a new run; messages
 * of earlier runs may still be under way on other topics and must not bring their times back.
 */
export class RunTracker {
  #current: string | null = null;
  #past: readonly string[] = [];

  /** Records are live or without a run id: they always belong. */
  judge(runId: string | null): RunVerdict {
    if (runId === null || runId === this.#current) return 'same';
    if (this.#past.includes(runId)) return 'past';
    const first = this.#current === null;
    if (this.#current !== null) this.#past = [this.#current, ...this.#past].slice(0, remembered);
    this.#current = runId;
    return first ? 'same' : 'new';
  }

  /** After a reconnection the server may have restarted, and a restarted one may number its runs anew. */
  forgetPast(): void {
    this.#past = [];
  }
}
