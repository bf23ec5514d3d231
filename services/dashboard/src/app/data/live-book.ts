import { BookImage } from '@nautilus/model';
import type { Frame } from './frame.ts';
import { bookOf, readBookUpdate, type Book } from './order-book.ts';
import type { Ports } from './ports.ts';
import { Store, type Schedule } from './store.ts';

/** Between two requests for a snapshot. */
const askAgainMs = 2_000;

/**
 * The order book of one symbol from the snapshot and deltas of the websocket engine. A delta that does not follow makes
 * it stale until the next snapshot, which is asked for: a book with missing updates is wrong without looking so.
 */
export class LiveBook {
  /** Null before the first snapshot and while the connection is away. */
  readonly book: Store<Book | null>;
  readonly #ports: Ports;
  readonly #ask: () => void;
  #image = new BookImage();
  #symbol: string | null = null;
  #drawDue = false;
  #asked = false;
  readonly #calm: Schedule;

  /** `ask`: sends a request for the snapshot of the topic that is subscribed to. */
  constructor(ports: Ports, calm: Schedule, ask: () => void) {
    this.#ports = ports;
    this.#ask = ask;
    this.#calm = calm;
    this.book = new Store<Book | null>(null, (run) => run());
  }

  /** Forgets the book: another symbol, another page, or a lost connection. */
  begin(symbol: string | null): void {
    this.#symbol = symbol;
    this.#image = new BookImage();
    this.book.set(null);
  }

  take(frame: Frame): void {
    const update = readBookUpdate(frame.data);
    if (update === undefined || update.symbol !== this.#symbol) return;
    this.#image.take(update);
    if (this.#image.isStale) this.#askSnapshot();
    this.#draw();
  }

  /** The server says that messages of the topic will not come. */
  missed(): void {
    this.#askSnapshot();
  }

  /** Deltas come faster than anybody can read: the levels are sorted once for many. */
  #draw(): void {
    if (this.#drawDue) return;
    this.#drawDue = true;
    this.#calm(() => {
      this.#drawDue = false;
      const now = this.#image.snapshot();
      this.book.set(now === undefined ? null : bookOf(now));
    });
  }

  #askSnapshot(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#ask();
    this.#ports.after(askAgainMs, () => {
      this.#asked = false;
    });
  }
}
