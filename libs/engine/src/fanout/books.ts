import { BookImage, bookUpdateOf, isBookTopic, type BookUpdate } from '@nautilus/model';

/** The order books that pass by, so that a client that comes late gets the whole book and nobody gets a wrong one. */
export class Books {
  readonly #images = new Map<string, BookImage>();

  /** False for a payload that is no update of a book: it is an ordinary message. */
  concerns(topic: string, payload: unknown): payload is BookUpdate {
    return isBookTopic(topic) && bookUpdateOf(payload) !== undefined;
  }

  /**
   * What clients are told of an update: itself, `stale` when it is the first that does not follow, and nothing for one
   * that changes nothing or that no client can use before the next snapshot.
   */
  take(topic: string, update: BookUpdate): BookUpdate | undefined {
    let image = this.#images.get(topic);
    if (image === undefined) this.#images.set(topic, (image = new BookImage()));
    const wasStale = image.isStale;
    switch (image.take(update)) {
      case 'applied': return update;
      case 'old': return undefined;
      case 'gap': return wasStale ? undefined : image.snapshot();
    }
  }

  /** Undefined for a topic that carries no book. */
  snapshot(topic: string): BookUpdate | undefined {
    return this.#images.get(topic)?.snapshot();
  }
}
