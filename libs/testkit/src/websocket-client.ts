import { unpack } from 'msgpackr';
import { WebSocket } from 'ws';
import { eventually } from './eventually.ts';

/** What the WebSocket engine sends. */
export interface Frame {
  readonly message_id: string;
  readonly message_type: string;
  readonly topic: string | null;
  readonly data: Record<string, unknown>;
  readonly seq: number;
  readonly epoch: string;
  readonly id?: string | number;
  readonly skipped?: number;
  readonly provenance?: string;
}

/** A client of the WebSocket engine that keeps every frame it gets, JSON or MessagePack. */
export class WebSocketClient {
  readonly frames: Frame[] = [];
  readonly socket: WebSocket;
  closed: number | undefined;
  constructor(url: string, protocol?: string | string[], headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url.replace('http', 'ws'), protocol, { headers });
    this.socket.on('message', (data: Buffer, binary: boolean) => this.frames.push((binary ? unpack(data) : JSON.parse(data.toString())) as Frame));
    this.socket.on('close', (code: number) => (this.closed = code));
    this.socket.on('error', () => undefined);
  }
  of(type: string): Frame[] {
    return this.frames.filter((frame) => frame.message_type === type);
  }
  /** The first frame of that type, once it is there. Asserts nothing, since hundreds of clients may wait at once. */
  first(type: string): Promise<Frame> {
    return eventually(() => this.of(type)[0], { describe: `a frame ${type}` }) as Promise<Frame>;
  }
  say(command: object): void {
    this.socket.send(JSON.stringify(command));
  }
  async subscribe(...patterns: string[]): Promise<this> {
    await this.first('welcome');
    this.say({ action: 'subscribe', topics: patterns });
    await this.first('subscribed');
    return this;
  }
}
