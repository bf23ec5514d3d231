import { BookImage } from '@nautilus/model';
import type { Frame } from '@nautilus/client';
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

  /** Any frame of the topic. One that tells of a gap carries the stale book when the source has it, else nothing. */
  take(frame: Frame): void {
    const update = readBookUpdate(frame.data);
    if (update === undefined) {
      if (frame.messageType === 'gap') this.#askSnapshot();
      return;
    }
    if (update.symbol !== this.#symbol) return;
    // At a gap of the source nobody has the next snapshot yet; at one of this connection the server has.
    if (this.#image.take(update) === 'gap') this.#askSnapshot();
    this.#draw();
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
