import { Packr } from 'msgpackr';
import { isoFromNs, mergeBookUpdates, wireJson, type BookUpdate, type EpochNs, type Provenance } from '@nautilus/model';

/**
 * What a client receives (contract.md, section 3.6), and its bytes on the socket. A message is encoded and framed
 * once per format; the same bytes go to every client.
 */
export type WireFormat = 'json' | 'msgpack';

export type FrameType =
  | 'welcome' | 'subscribed' | 'unsubscribed' | 'heartbeat' | 'pong' | 'snapshot' | 'data' | 'gap' | 'error' | 'system';

export interface ServerFrame {
  readonly message_id: string;
  readonly message_type: FrameType;
  /** Null for frames about the connection itself. */
  readonly topic: string | null;
  readonly data: unknown;
  /** ISO 8601, when the message was published. */
  readonly timestamp: string;
  /** Rises by one per topic and epoch; 0 for frames about the connection. */
  readonly seq: number;
  /** Changes when this replica restarts: sequence numbers of another epoch cannot be compared. */
  readonly epoch: string;
  /** Superseded messages of the topic left out just before this one, because the client was slow. */
  readonly skipped?: number;
  /** ISO 8601, when it happened at its source; only where the message says so. */
  readonly ts_event?: string;
  /** ISO 8601, when it was first given to sockets; less `timestamp` it is the way through the bus and this engine. */
  readonly ts_socket?: string;
  /** Of the data. */
  readonly provenance?: Provenance;
  /** Of the command that this answers. */
  readonly id?: string | number;
}

// Plain msgpack, readable by any client library: no msgpackr records.
const packr = new Packr({ useRecords: false });

export function encodeFrame(frame: ServerFrame, format: WireFormat): Buffer {
  return format === 'json'
    ? framed(Buffer.from(wireJson(frame)), TEXT)
    : framed(packr.pack(frame), BINARY);
}

const TEXT = 0x1;
const BINARY = 0x2;

/** An unmasked, unfragmented server frame (RFC 6455, section 5.2). */
function framed(payload: Buffer, opcode: number): Buffer {
  const size = payload.length;
  const header = Buffer.allocUnsafe(size < 126 ? 2 : size < 65_536 ? 4 : 10);
  header[0] = 0x80 | opcode;
  if (header.length === 2) header[1] = size;
  else if (header.length === 4) {
    header[1] = 126;
    header.writeUInt16BE(size, 2);
  } else {
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(size), 2);
  }
  return Buffer.concat([header, payload]);
}

/** How a slow client may be spared a message: an event never, a state by a newer one, a book by merging. */
export interface Kind {
  readonly isState: boolean;
  readonly book?: BookUpdate | undefined;
  readonly origin?: Origin;
}

/** Where and when the data of a message came about. */
type Origin = Pick<ServerFrame, 'ts_event' | 'provenance'>;

/** One published message with its bytes, made when a client first needs them. */
export class OutgoingMessage {
  #frame: ServerFrame & { readonly topic: string };
  readonly isState: boolean;
  /** Given when it is an update of an order book. */
  readonly book: BookUpdate | undefined;
  readonly origin: Origin;
  #json: Buffer | undefined;
  #msgpack: Buffer | undefined;

  constructor(frame: ServerFrame & { readonly topic: string }, { isState, book, origin = {} }: Kind) {
    this.#frame = { ...frame, ...origin };
    this.origin = origin;
    this.isState = isState;
    this.book = book;
  }

  get frame(): ServerFrame & { readonly topic: string } {
    return this.#frame;
  }

  /** To be called before its bytes are made; the first time counts. */
  stamp(socketTime: string): void {
    if (this.#frame.ts_socket === undefined) this.#frame = { ...this.#frame, ts_socket: socketTime };
  }

  /**
   * The one message that a slow client gets instead of `earlier` and this one; undefined when it needs both. A newer
   * state replaces an older one; a book keeps what changed.
   */
  replacing(earlier: OutgoingMessage): OutgoingMessage | undefined {
    if (!this.isState) return undefined;
    if (this.book === undefined || earlier.book === undefined) return this.book === undefined && earlier.book === undefined ? this : undefined;
    const merged = mergeBookUpdates(earlier.book, this.book);
    if (merged === undefined || merged === this.book) return merged === undefined ? undefined : this;
    return new OutgoingMessage({ ...this.frame, message_type: bookFrameType(merged), data: merged }, { isState: true, book: merged, origin: this.origin });
  }

  bytes(format: WireFormat): Buffer {
    if (format === 'json') return (this.#json ??= encodeFrame(this.frame, 'json'));
    return (this.#msgpack ??= encodeFrame(this.frame, 'msgpack'));
  }

  /** For one client alone, with the count of what it missed. */
  bytesWithSkipped(format: WireFormat, skipped: number): Buffer {
    return skipped === 0 ? this.bytes(format) : encodeFrame({ ...this.frame, skipped }, format);
  }
}

/** A stale book is a gap, which a snapshot ends. */
export function bookFrameType({ type }: BookUpdate): FrameType {
  return type === 'snapshot' ? 'snapshot' : type === 'stale' ? 'gap' : 'data';
}

/** Time and provenance of the data, where the message says so. */
export function originOf(data: unknown, provenance: Provenance | undefined): Origin {
  const time: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'ts_event_ns') : undefined;
  return { ...(typeof time === 'bigint' ? { ts_event: isoFromNs(time as EpochNs) } : {}), ...(provenance === undefined ? {} : { provenance }) };
}
