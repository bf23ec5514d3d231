import type { BookOutcome, BookUpdate } from '@nautilus/model';
import { BookDepth } from '@nautilus/quant';

/** The level-2 books of all symbols, as marketdata publishes them. */
export class Level2Books {
  readonly #books = new Map<string, BookDepth>();

  /** An update that does not follow empties the book until the next snapshot. */
  take(update: BookUpdate): BookOutcome {
    let book = this.#books.get(update.symbol);
    if (book === undefined) this.#books.set(update.symbol, (book = new BookDepth()));
    return book.take(update);
  }

  /** The whole book, or a `stale` update while some of it is missing; undefined for a symbol without one. */
  get(symbol: string): BookUpdate | undefined {
    return this.#books.get(symbol)?.whole();
  }

  /** The book as it stands, if it is one of that run: another one's is not of the same time. */
  ofRun(symbol: string, runId: string | null): BookDepth | undefined {
    const book = this.#books.get(symbol);
    return book?.runId === runId ? book : undefined;
  }

  symbols(): readonly string[] {
    return [...this.#books.keys()];
  }

  /** Time has jumped to another run: the book of the one before is no longer the market's. */
  enterRun(symbol: string, runId: string | null): void {
    if (this.#books.size === 0) return;
    const known = this.#books.get(symbol)?.runId;
    if (known !== undefined && known !== runId) this.#books.delete(symbol);
  }

  restore(symbol: string, book: BookUpdate): void {
    this.#books.delete(symbol);
    this.take({ ...book, symbol });
  }
}
