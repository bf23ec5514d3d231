import { backOffDelay, type BackOff } from './back-off.ts';
import { parseFrame, type Frame } from './frame.ts';
import { Place } from './place.ts';
import type { Cancel, LinkPorts, OpenSocket } from './ports.ts';

type LinkState = 'connecting' | 'open' | 'waiting' | 'stopped';

export interface LinkStatus {
  readonly state: LinkState;
  /** Failed attempts since the last open connection. */
  readonly attempt: number;
  /** Wall time of the next attempt while `waiting`. */
  readonly retryAtMs: number | null;
  /** Last measured ping → pong. */
  readonly roundTripMs: number | null;
  /** Connections opened so far: 2 means one reconnection. */
  readonly opened: number;
  readonly reason: string;
}

export interface LinkHandlers {
  readonly frame: (frame: Frame) => void;
  readonly status: (status: LinkStatus) => void;
}

const retry: BackOff = { baseMs: 500, maxMs: 15_000 };
/** Below the 90 s after which the server drops a silent client, and often enough to show a round-trip time. */
const pingEveryMs = 10_000;
/** Nothing at all for this long, pongs included: the connection is dead even if nobody said so. */
const silenceMs = 35_000;

export interface LinkOptions {
  /**
   * After a reconnection ask for what was published meanwhile instead of the last state alone; what the server no longer
   * keeps is announced by a `gap`. Default true.
   */
  readonly resume?: boolean;
}

/**
 * A WebSocket that stays: it reconnects with back-off and jitter, subscribes again after each opening and goes on where
 * it was, measures the round trip, and abandons a connection that went silent.
 */
export class ReconnectingSocket {
  readonly #ports: LinkPorts;
  readonly #address: string;
  readonly #handlers: LinkHandlers;
  readonly #place: Place | undefined;
  #topics: ReadonlySet<string> = new Set();
  #socket: OpenSocket | undefined;
  /** Rises with each connection, so that late events of an abandoned one are recognised. */
  #generation = 0;
  #cancelTimer: Cancel = () => undefined;
  /** The wanted topics were told to this connection; later changes are told as they come. */
  #isSubscribed = false;
  #lastFrameMs = 0;
  #pingSentMs: number | null = null;
  #received = 0;
  #status: LinkStatus = { state: 'stopped', attempt: 0, retryAtMs: null, roundTripMs: null, opened: 0, reason: '' };

  constructor(ports: LinkPorts, address: string, handlers: LinkHandlers, { resume = true }: LinkOptions = {}) {
    this.#ports = ports;
    this.#address = address;
    this.#handlers = handlers;
    this.#place = resume ? new Place() : undefined;
  }

  /** Frames received over all connections. */
  get received(): number {
    return this.#received;
  }

  start(): void {
    if (this.#status.state === 'stopped') this.#connect();
  }

  stop(): void {
    this.#abandon();
    this.#setStatus({ state: 'stopped', retryAtMs: null, reason: 'stopped' });
  }

  /** Declares the wanted subscriptions; only the difference is sent. */
  setTopics(topics: readonly string[]): void {
    const wanted = new Set(topics);
    const added = topics.filter((topic) => !this.#topics.has(topic));
    const removed = [...this.#topics].filter((topic) => !wanted.has(topic));
    this.#topics = wanted;
    this.#place?.keep(wanted);
    if (!this.#isSubscribed) return;
    if (removed.length > 0) this.#send({ action: 'unsubscribe', topics: removed });
    if (added.length > 0) this.#send({ action: 'subscribe', topics: added });
  }

  /** Asks for the last state of a topic. */
  askState(topic: string): void {
    if (this.#status.state === 'open') this.#send({ action: 'snapshot', topics: [topic] });
  }

  #connect(): void {
    this.#generation += 1;
    const generation = this.#generation;
    const current = (run: () => void): void => {
      if (generation === this.#generation) run();
    };
    this.#setStatus({ state: 'connecting', retryAtMs: null });
    this.#socket = this.#ports.connect(this.#address, {
      open: () => current(() => this.#opened()),
      message: (raw) => current(() => this.#message(raw)),
      close: (code, reason) => current(() => this.#lost(reason === '' ? `closed with ${code}` : `${reason} (${code})`)),
    });
  }

  #opened(): void {
    this.#lastFrameMs = this.#ports.now();
    this.#setStatus({ state: 'open', attempt: 0, reason: '', opened: this.#status.opened + 1 });
    if (this.#place === undefined) this.#subscribe();
    this.#ping();
  }

  #message(raw: string): void {
    this.#lastFrameMs = this.#ports.now();
    this.#received += 1;
    const frame = parseFrame(raw);
    if (frame === undefined) return;
    if (frame.messageType === 'pong' && this.#pingSentMs !== null) {
      this.#setStatus({ roundTripMs: this.#lastFrameMs - this.#pingSentMs });
      this.#pingSentMs = null;
    }
    this.#place?.take(frame);
    this.#handlers.frame(frame);
    if (frame.messageType === 'welcome' && this.#place !== undefined) this.#welcomed(frame, this.#place);
  }

  /** What another replica cannot know of is announced here, as the server announces what it no longer keeps. */
  #welcomed(welcome: Frame, place: Place): void {
    for (const topic of place.meet(welcome.epoch)) this.#handlers.frame({ ...welcome, messageType: 'gap', topic, data: { topic, reason: 'another replica' }, seq: null });
    this.#subscribe();
  }

  #subscribe(): void {
    this.#isSubscribed = true;
    if (this.#topics.size === 0) return;
    for (const command of this.#place?.subscribes(this.#topics) ?? [{ action: 'subscribe', topics: [...this.#topics] }]) this.#send(command);
  }

  #ping(): void {
    if (this.#ports.now() - this.#lastFrameMs > silenceMs) {
      this.#lost(`nothing received for ${silenceMs / 1000} s`);
      return;
    }
    this.#pingSentMs = this.#ports.now();
    this.#send({ action: 'ping' });
    this.#cancelTimer = this.#ports.after(pingEveryMs, () => this.#ping());
  }

  #lost(reason: string): void {
    this.#abandon();
    const delay = backOffDelay(this.#status.attempt, this.#ports.random, retry);
    this.#setStatus({
      state: 'waiting',
      attempt: this.#status.attempt + 1,
      retryAtMs: this.#ports.now() + delay,
      roundTripMs: null,
      reason,
    });
    this.#cancelTimer = this.#ports.after(delay, () => this.#connect());
  }

  #abandon(): void {
    this.#generation += 1;
    this.#cancelTimer();
    this.#pingSentMs = null;
    this.#isSubscribed = false;
    this.#socket?.close();
    this.#socket = undefined;
  }

  #send(message: unknown): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #setStatus(change: Partial<LinkStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.#handlers.status(this.#status);
  }
}
