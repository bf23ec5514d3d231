import { MalformedError, type CallOptions } from '../source.ts';
import type { SourcePorts } from '../ports.ts';
import type { QuoteRecord } from '../records.ts';
import { QUOTE_FIELDS } from './fields.ts';
import { isUsStock, type Portal } from './portal.ts';
import { quoteOf, type SnapshotRecord } from './snapshot.ts';
import { HEARTBEAT, merged, readStreamMessage, subscribeText, unsubscribeText } from './stream-messages.ts';

/** So many contracts a login may watch at once without buying more. */
const MOST_LINES = 100;
const HEARTBEAT_EVERY_MS = 60_000;
/** The gateway answers heartbeats, so one that is silent for two of them is gone. */
const LONGEST_SILENCE_MS = 2.5 * HEARTBEAT_EVERY_MS;
const RETRY_AFTER_MS = 15_000;

type QuoteStreamPorts = Pick<SourcePorts, 'socket' | 'monotonic' | 'onUnreadable'>;

export interface QuoteListener {
  readonly onQuote: (symbol: string, quote: QuoteRecord) => void;
  /** A refusal, or an end that nobody asked for. The stream goes on or begins anew by itself. */
  readonly onTrouble: (what: string) => void;
}

/** A contract that is watched. */
interface Line {
  readonly symbol: string;
  readonly conid: number;
  readonly isUsStock: boolean;
  /** All fields known so far: a message names those that changed. */
  known?: SnapshotRecord;
}

/** One connection and what is watched over it. */
interface Connection {
  readonly socket: WebSocket;
  readonly listener: QuoteListener;
  readonly lines: Map<number, Line>;
  /** Symbols without one contract to watch; asked for again over the next connection. */
  readonly unknown: Set<string>;
  heardMs: number;
  beatMs: number;
}

/** Quotes as they change, over the WebSocket of the Client Portal gateway (IBKR Campus, "Websockets"). It has no timers: `follow` is called every second or so. */
export class QuoteStream {
  readonly #portal: Portal;
  readonly #url: string;
  readonly #ports: QuoteStreamPorts;
  #connection: Connection | undefined;
  #retryMs = -Infinity;

  constructor(portal: Portal, baseUrl: string, ports: QuoteStreamPorts) {
    this.#portal = portal;
    this.#url = `${baseUrl.replace(/^http/, 'ws').replace(/\/$/, '')}/ws`;
    this.#ports = ports;
  }

  get status(): { readonly isOpen: boolean; readonly symbols: readonly string[] } {
    const lines = this.#connection?.lines.values() ?? [];
    return { isOpen: this.#connection?.socket.readyState === WebSocket.OPEN, symbols: [...lines].map(({ symbol }) => symbol) };
  }

  /**
   * Watches these symbols and no others, the first hundred of them, while the gateway is logged in: connects, subscribes,
   * keeps the connection alive, begins anew when it broke. @throws SourceError when the gateway does not tell the contracts
   */
  async follow(symbols: readonly string[], listener: QuoteListener, options: CallOptions = {}): Promise<void> {
    if (this.#portal.status.session?.authenticated !== true || symbols.length === 0) return this.close();
    const now = this.#ports.monotonic();
    const connection = this.#connection;
    if (connection === undefined) {
      if (now >= this.#retryMs) this.#connect(listener, now);
      return;
    }
    if (now - connection.heardMs > LONGEST_SILENCE_MS) return this.#lost(connection, `nothing was heard of the gateway for ${LONGEST_SILENCE_MS / 1_000} s`);
    if (connection.socket.readyState !== WebSocket.OPEN) return;
    if (now - connection.beatMs >= HEARTBEAT_EVERY_MS) {
      connection.socket.send(HEARTBEAT);
      connection.beatMs = now;
    }
    await this.#watch(connection, symbols.slice(0, MOST_LINES), options);
  }

  close(): void {
    this.#connection?.socket.close();
    this.#connection = undefined;
  }

  #connect(listener: QuoteListener, now: number): void {
    const socket = this.#ports.socket(this.#url);
    socket.binaryType = 'arraybuffer';
    const connection: Connection = { socket, listener, lines: new Map(), unknown: new Set(), heardMs: now, beatMs: now };
    this.#connection = connection;
    socket.addEventListener('message', ({ data }: MessageEvent) => this.#heard(connection, data));
    socket.addEventListener('close', ({ code }) => this.#lost(connection, `the gateway closed the stream of quotes with ${code}`));
  }

  async #watch(connection: Connection, symbols: readonly string[], options: CallOptions): Promise<void> {
    const wanted = new Set(symbols);
    for (const { conid, symbol } of [...connection.lines.values()]) {
      if (wanted.delete(symbol)) continue;
      connection.lines.delete(conid);
      connection.socket.send(unsubscribeText(conid));
    }
    const fresh = [...wanted].filter((symbol) => !connection.unknown.has(symbol));
    if (fresh.length === 0) return;
    await this.#portal.prepare(options);
    const contracts = await this.#portal.contracts(fresh, options);
    if (connection !== this.#connection || connection.socket.readyState !== WebSocket.OPEN) return;
    for (const symbol of fresh) {
      const chosen = contracts.get(symbol);
      if (chosen === undefined) {
        connection.unknown.add(symbol);
        continue;
      }
      const { conid } = chosen.contract;
      connection.lines.set(conid, { symbol, conid, isUsStock: isUsStock(chosen) });
      connection.socket.send(subscribeText(conid, QUOTE_FIELDS));
    }
  }

  /** The gateway sends its text in binary frames too. */
  #heard(connection: Connection, data: unknown): void {
    if (connection !== this.#connection) return;
    connection.heardMs = this.#ports.monotonic();
    const frame = data instanceof ArrayBuffer ? new TextDecoder().decode(data) : String(data);
    try {
      const message = readStreamMessage(frame);
      if (message.topic === 'snapshot') this.#updated(connection, message.update);
      else if (message.topic === 'error') connection.listener.onTrouble(message.message);
      else if (message.topic === 'session' && message.authenticated === false) this.#lost(connection, message.message ?? 'the gateway is not logged in');
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#ports.onUnreadable({ source: 'ibkr', endpoint: 'stream', body: frame, message: error.message });
    }
  }

  #updated({ lines, listener }: Connection, update: SnapshotRecord): void {
    const line = lines.get(update.conid);
    if (line === undefined) return;
    line.known = merged(line.known, update);
    if (line.known.isReady) listener.onQuote(line.symbol, quoteOf(line.symbol, line.isUsStock, line.known));
  }

  #lost(connection: Connection, why: string): void {
    if (connection !== this.#connection) return;
    this.close();
    this.#retryMs = this.#ports.monotonic() + RETRY_AFTER_MS;
    connection.listener.onTrouble(why);
  }
}
