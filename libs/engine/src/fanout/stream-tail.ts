import type { Duplex } from 'node:stream';
import type { OutgoingMessage } from './frame.ts';

/** Writes to a socket and knows which events are still in this process, not yet with the system. */
export class StreamTail {
  readonly #stream: Duplex;
  readonly #events: { readonly end: number; readonly ids: readonly string[] }[] = [];
  #written = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Bytes that the system has not taken. */
  get bytes(): number {
    return this.#stream.writableLength;
  }

  /** `bytes` are those of all `messages`; a client that keeps up costs no more than the write. */
  write(bytes: Buffer, messages: readonly OutgoingMessage[]): void {
    this.#stream.write(bytes);
    this.#written += bytes.length;
    if (this.bytes === 0) {
      this.#events.length = 0;
      return;
    }
    this.#forgetTaken();
    const ids = messages.filter(({ isState }) => !isState).map(({ frame }) => frame.message_id);
    if (ids.length > 0) this.#events.push({ end: this.#written, ids });
  }

  /** Ids of the events that are not wholly with the system, oldest first. */
  get untaken(): readonly string[] {
    this.#forgetTaken();
    return this.#events.flatMap(({ ids }) => ids);
  }

  #forgetTaken(): void {
    const taken = this.#written - this.bytes;
    const first = this.#events.findIndex(({ end }) => end > taken);
    this.#events.splice(0, first === -1 ? this.#events.length : first);
  }
}
