import { Packr } from 'msgpackr';
import { wireJson } from '@nautilus/model';

/**
 * What a client receives (contract.md, section 3.6), and its bytes on the socket. A message is encoded and framed
 * once per format; the same bytes go to every client.
 */
export type WireFormat = 'json' | 'msgpack';

export type FrameType =
  | 'welcome' | 'subscribed' | 'unsubscribed' | 'heartbeat' | 'pong' | 'snapshot' | 'data' | 'gap' | 'error';

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

/** One published message with its bytes, made when a client first needs them. */
export class OutgoingMessage {
  readonly frame: ServerFrame & { readonly topic: string };
  /** A newer message of the topic may replace it in the queue of a slow client. */
  readonly isState: boolean;
  #json: Buffer | undefined;
  #msgpack: Buffer | undefined;

  constructor(frame: ServerFrame & { readonly topic: string }, isState: boolean) {
    this.frame = frame;
    this.isState = isState;
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
