import { BookImage, type BookUpdate } from '@nautilus/model';

/** The level-2 books of all symbols, as marketdata publishes them. */
export class Level2Books {
  readonly #images = new Map<string, BookImage>();

  /** An update that does not follow empties the book until the next snapshot. */
  take(update: BookUpdate): void {
    let image = this.#images.get(update.symbol);
    if (image === undefined) this.#images.set(update.symbol, (image = new BookImage()));
    image.take(update);
  }

  /** The whole book, or a `stale` update while some of it is missing; undefined for a symbol without one. */
  get(symbol: string): BookUpdate | undefined {
    return this.#images.get(symbol)?.snapshot();
  }

  symbols(): readonly string[] {
    return [...this.#images.keys()];
  }

  /** Time has jumped to another run: the book of the one before is no longer the market's. */
  enterRun(symbol: string, runId: string | null): void {
    if (this.#images.size === 0) return;
    const known = this.#images.get(symbol)?.runId;
    if (known !== undefined && known !== runId) this.#images.delete(symbol);
  }

  restore(symbol: string, book: BookUpdate): void {
    this.#images.set(symbol, new BookImage());
    this.take({ ...book, symbol });
  }
}
