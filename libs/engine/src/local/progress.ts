import type { Clock } from '@nautilus/model';
import type { Delay } from '../ambient.ts';

/** Where progress is written: a terminal gets one line that changes, anything else gets lines. */
export interface ProgressOutput {
  readonly isTerminal: boolean;
  write(text: string): void;
}

const SHOW_AFTER_MS = 1_000;
const TERMINAL_EVERY_MS = 120;
const PLAIN_EVERY_MS = 5_000;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEAR_LINE = '\r\u001b[2K';
const MOST_NAMES = 5;

/** Tells what is being waited for as soon as the waiting takes longer than a second. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #clock: Clock;
  readonly #delay: Delay;
  readonly #waiting = new Map<symbol, { readonly what: string; readonly sinceMs: number }>();
  #cancel: (() => void) | undefined;
  #shown = false;
  #frame = 0;
  #lastPlainMs = -Infinity;

  constructor(output: ProgressOutput, clock: Clock, delay: Delay) {
    this.#output = output;
    this.#clock = clock;
    this.#delay = delay;
  }

  /** Counts as waiting for `what` until the promise settles. */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    const key = Symbol(what);
    this.#waiting.set(key, { what, sinceMs: this.#clock.monotonic() });
    this.#cancel ??= this.#delay(SHOW_AFTER_MS, () => this.#tick());
    try {
      return await work;
    } finally {
      this.#waiting.delete(key);
      if (this.#waiting.size === 0) this.stop();
    }
  }

  /** A line that stays; for what is known to take long before it begins. */
  note(text: string): void {
    this.clear();
    this.#output.write(`${text}\n`);
  }

  /** Makes room for a line of somebody else. */
  clear(): void {
    if (this.#shown) this.#output.write(CLEAR_LINE);
    this.#shown = false;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.clear();
  }

  #tick(): void {
    const now = this.#clock.monotonic();
    const late = [...this.#waiting.values()].filter(({ sinceMs }) => now - sinceMs >= SHOW_AFTER_MS);
    const [oldest] = late;
    if (oldest !== undefined) this.#show(now, late.map(({ what }) => what), Math.floor((now - oldest.sinceMs) / 1_000));
    this.#cancel = this.#delay(TERMINAL_EVERY_MS, () => this.#tick());
  }

  #show(now: number, names: readonly string[], seconds: number): void {
    const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
    const text = `waiting for ${names.slice(0, MOST_NAMES).join(', ')}${more} (${seconds} s)`;
    if (this.#output.isTerminal) {
      this.#frame = (this.#frame + 1) % FRAMES.length;
      this.#output.write(`${CLEAR_LINE}${FRAMES[this.#frame] ?? ''} ${text}`);
      this.#shown = true;
    } else if (now - this.#lastPlainMs >= PLAIN_EVERY_MS) {
      this.#lastPlainMs = now;
      this.#output.write(`${text}\n`);
    }
  }
}
