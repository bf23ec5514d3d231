import { types } from 'node:util';
import { InvalidInputError, TransientError, type Problem } from '@nautilus/model';
import { describe, failureOf } from './failures.ts';
import type { StoreAmbient } from './store.ts';

export interface WriterOptions {
  /** Rows of one statement at most. Default 5,000. */
  readonly batchRows?: number;
  /** An incomplete batch waits this long at most. Default 100. */
  readonly lingerMs?: number;
  /** An incomplete batch is written as soon as nothing was appended for this long. Default 5. */
  readonly quietMs?: number;
  /** Rows that one table's queue holds; beyond that appends wait. Default 50,000. */
  readonly maxQueuedRows?: number;
  /** Back-off while the database is away: doubled from the first to the second. Default 100 and 5,000. */
  readonly retryMs?: number;
  readonly maxRetryMs?: number;
  /** An append that could not be committed for this long is rejected with TransientError. Default 120,000. */
  readonly giveUpMs?: number;
}

export type WriterLimits = Required<WriterOptions>;

export function writerLimits(options: WriterOptions = {}): WriterLimits {
  return { batchRows: 5000, lingerMs: 100, quietMs: 5, maxQueuedRows: 50_000, retryMs: 100, maxRetryMs: 5000, giveUpMs: 120_000, ...options };
}

/** One call of `append`: resolves when every row is committed, rejects when none is left to try. */
interface Ticket {
  left: number;
  readonly since: number;
  readonly problems: Problem[];
  failure: Error | undefined;
  readonly done: Promise<void>;
  readonly settle: () => void;
}

interface Entry<Row> {
  readonly row: Row;
  readonly ticket: Ticket;
  readonly index: number;
}

/**
 * Collects rows of one table and writes them in batches, one batch at a time, in the order of the appends.
 * `write` commits all rows or throws; it must have the effect of once when it is repeated, because a connection may
 * be lost after the commit and before the answer.
 */
export class BatchLane<Row> {
  readonly #write: (rows: readonly Row[]) => Promise<void>;
  readonly #limits: WriterLimits;
  readonly #ambient: StoreAmbient;
  readonly #onRetry: (error: unknown) => void;
  readonly #queue: Entry<Row>[] = [];
  readonly #waiting: { rows: readonly Row[]; ticket: Ticket }[] = [];
  readonly #open = new Set<Ticket>();
  #inFlight = 0;
  #written = 0;
  #running = false;
  #hurried = 0;
  #closing = false;
  #abandoned = false;
  #wake: () => void = () => undefined;

  constructor(
    write: (rows: readonly Row[]) => Promise<void>,
    limits: WriterLimits,
    ambient: StoreAmbient,
    onRetry: (error: unknown) => void,
  ) {
    this.#write = write;
    this.#limits = limits;
    this.#ambient = ambient;
    this.#onRetry = onRetry;
  }

  get queuedRows(): number {
    return this.#queue.length + this.#inFlight;
  }

  get waitingRows(): number {
    return this.#waiting.reduce((sum, { rows }) => sum + rows.length, 0);
  }

  get writtenRows(): number {
    return this.#written;
  }

  /** The rows must not be changed before the promise settles. */
  async append(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    if (this.#closing) throw new TransientError('the store is closing');
    const ticket = this.#newTicket(rows.length);
    this.#waiting.push({ rows, ticket });
    this.#admit();
    if (!this.#running) void this.#run();
    else this.#wake();
    await ticket.done;
    if (ticket.failure !== undefined) throw ticket.failure;
    if (ticket.problems.length > 0) throw new InvalidInputError(ticket.problems);
  }

  /** Resolves when everything appended so far is settled. */
  async flush(): Promise<void> {
    this.#hurried += 1;
    this.#wake();
    await Promise.all([...this.#open].map((ticket) => ticket.done));
    this.#hurried -= 1;
  }

  refuseMore(): void {
    this.#closing = true;
  }

  /** Rejects what is not committed. A batch in flight is not waited for. */
  abandon(): void {
    this.#closing = true;
    this.#abandoned = true;
    for (const ticket of this.#open) this.#fail(ticket, new TransientError('the store closed before the rows were committed'));
    this.#queue.length = 0;
    this.#waiting.length = 0;
    this.#wake();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#queue.length > 0) {
      await this.#linger();
      const batch = this.#queue.splice(0, this.#limits.batchRows);
      this.#inFlight = batch.length;
      await this.#commit(batch);
      this.#inFlight = 0;
      this.#admit();
    }
    this.#running = false;
  }

  /** A batch that fills slowly waits for more; one whose senders all wait for it is not worth waiting for. */
  #linger(): Promise<void> {
    const { batchRows, lingerMs, quietMs } = this.#limits;
    const started = this.#ambient.monotonic();
    let seen = -1;
    return new Promise((resolve) => {
      let cancel: () => void = () => undefined;
      const due = (): boolean => this.#hurried > 0 || this.#closing || this.#queue.length >= batchRows;
      const finish = (): void => {
        cancel();
        this.#wake = () => undefined;
        resolve();
      };
      const check = (): void => {
        if (due() || this.#queue.length === seen || this.#ambient.monotonic() - started >= lingerMs) return finish();
        seen = this.#queue.length;
        cancel = this.#ambient.after(quietMs, check);
      };
      this.#wake = () => {
        if (due()) finish();
      };
      check();
    });
  }

  /** Returns when every entry is settled. Never throws. */
  async #commit(batch: readonly Entry<Row>[]): Promise<void> {
    let entries = batch;
    for (let attempt = 0; !this.#abandoned && entries.length > 0; attempt++) {
      try {
        await this.#write(entries.map((entry) => entry.row));
        this.#written += entries.length;
        for (const { ticket } of entries) this.#settleOne(ticket);
        return;
      } catch (error) {
        const failure = failureOf(error);
        if (failure === 'data') return this.#isolate(entries, error);
        if (failure === 'defect') {
          const fault = types.isNativeError(error) ? error : new Error(describe(error));
          for (const { ticket } of entries) this.#fail(ticket, fault);
          return;
        }
        this.#onRetry(error);
        entries = this.#stillPatient(entries, error);
        if (entries.length > 0) await this.#backOff(attempt);
      }
    }
  }

  /** A row that cannot be written must not take its neighbours along: halves are tried until it stands alone. */
  async #isolate(entries: readonly Entry<Row>[], error: unknown): Promise<void> {
    const [only] = entries;
    if (entries.length === 1 && only !== undefined) {
      only.ticket.problems.push({ path: `rows[${only.index}]`, message: describe(error) });
      this.#settleOne(only.ticket);
      return;
    }
    const middle = entries.length >> 1;
    await this.#commit(entries.slice(0, middle));
    await this.#commit(entries.slice(middle));
  }

  #stillPatient(entries: readonly Entry<Row>[], error: unknown): readonly Entry<Row>[] {
    const latest = this.#ambient.monotonic() - this.#limits.giveUpMs;
    if (entries.every(({ ticket }) => ticket.since > latest)) return entries;
    for (const { ticket } of entries) {
      if (ticket.since <= latest) this.#fail(ticket, new TransientError(`rows could not be written: ${describe(error)}`, { cause: error }));
    }
    return entries.filter(({ ticket }) => ticket.since > latest);
  }

  #backOff(attempt: number): Promise<void> {
    const { retryMs, maxRetryMs } = this.#limits;
    const delay = Math.min(maxRetryMs, retryMs * 2 ** Math.min(attempt, 16)) * (0.5 + this.#ambient.random() / 2);
    return new Promise((resolve) => {
      const cancel = this.#ambient.after(delay, () => {
        this.#wake = () => undefined;
        resolve();
      });
      this.#wake = () => {
        if (!this.#abandoned) return;
        cancel();
        resolve();
      };
    });
  }

  /** In order; an append larger than the whole queue is let in alone. */
  #admit(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      const taken = this.queuedRows;
      if (taken > 0 && taken + next.rows.length > this.#limits.maxQueuedRows) return;
      this.#waiting.shift();
      next.rows.forEach((row, index) => this.#queue.push({ row, ticket: next.ticket, index }));
    }
  }

  #newTicket(rows: number): Ticket {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ticket: Ticket = { left: rows, since: this.#ambient.monotonic(), problems: [], failure: undefined, done: promise, settle: resolve };
    this.#open.add(ticket);
    return ticket;
  }

  #settleOne(ticket: Ticket): void {
    ticket.left -= 1;
    if (ticket.left === 0) this.#end(ticket);
  }

  #fail(ticket: Ticket, error: Error): void {
    if (!this.#open.has(ticket)) return;
    ticket.failure = error;
    this.#end(ticket);
  }

  #end(ticket: Ticket): void {
    this.#open.delete(ticket);
    ticket.settle();
  }
}
