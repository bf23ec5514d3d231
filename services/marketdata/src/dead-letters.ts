import type { Context } from './context.ts';

/** Of a longer record its beginning is enough to see what is wrong with it. */
const LARGEST_BYTES = 64 * 1024;
/** Of one request: a sender whose every record is wrong tells the same thing again and again. */
const MOST_OF_A_REQUEST = 100;

type Sender = Pick<Context, 'bus' | 'log'>;

/** Keeps what cannot be read, beside the dead letters of the MarketData bus, for somebody to look at. Nothing waits for it. */
export function keepUnreadable({ bus, log }: Sender, origin: string, reason: string, raw: string): void {
  const bytes = new TextEncoder().encode(raw).subarray(0, LARGEST_BYTES);
  bus.putDeadLetter('marketdata', { origin, reason, raw: bytes }).catch((error: unknown) => {
    log.warn({ origin, reason, error: String(error) }, 'an unreadable record was not kept');
  });
}

/** Of the records of one request that were refused because they cannot be read, the first hundred. */
export class UnreadableRecords {
  readonly #sender: Sender;
  #kept = 0;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  keep(record: unknown, reason: string): void {
    if (this.#kept >= MOST_OF_A_REQUEST) return;
    this.#kept += 1;
    const source: unknown = typeof record === 'object' && record !== null ? Reflect.get(record, 'source') : undefined;
    keepUnreadable(this.#sender, `ingest:${typeof source === 'string' ? source.slice(0, 40) : 'unknown'}`, reason, JSON.stringify(record));
  }
}
