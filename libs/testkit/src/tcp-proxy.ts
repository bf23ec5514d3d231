import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { freePort } from './free-port.ts';

export interface TcpTarget {
  readonly host?: string;
  readonly port: number;
}

type Mode = 'open' | 'stalled' | 'cut';

interface Link {
  readonly client: Socket;
  server: Socket | undefined;
}

/** A TCP link between a client and a server that a test can cut, stall and heal. Clients connect to `host:port`. */
export class TcpProxy {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #target: TcpTarget;
  readonly #listener: Server;
  readonly #links = new Set<Link>();
  #mode: Mode = 'cut';

  private constructor(port: number, target: TcpTarget) {
    this.port = port;
    this.#target = target;
    this.#listener = createServer({ pauseOnConnect: true }, (client) => this.#accept(client));
  }

  static async start(target: TcpTarget): Promise<TcpProxy> {
    const proxy = new TcpProxy(await freePort(), target);
    await proxy.heal();
    return proxy;
  }

  /** Connections that clients hold now. */
  get connections(): number {
    return this.#links.size;
  }

  /** Resets all connections and refuses new ones until `heal`. */
  async cut(): Promise<void> {
    if (this.#mode === 'cut') return;
    this.#mode = 'cut';
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const { client, server } of this.#links) {
      reset(client);
      if (server !== undefined) reset(server);
    }
    await closed;
  }

  /** Accepts and holds: connections stay open and no byte passes in either direction until `heal`. */
  async stall(): Promise<void> {
    if (this.#mode === 'cut') await this.#listen();
    this.#mode = 'stalled';
    for (const { client, server } of this.#links) {
      client.unpipe().pause();
      server?.unpipe().pause();
    }
  }

  /** Back to forwarding. Bytes held by `stall` are delivered; connections that `cut` reset stay gone. */
  async heal(): Promise<void> {
    if (this.#mode === 'open') return;
    if (this.#mode === 'cut') await this.#listen();
    this.#mode = 'open';
    for (const link of this.#links) this.#forward(link);
  }

  close(): Promise<void> {
    return this.cut();
  }

  async #listen(): Promise<void> {
    this.#listener.listen(this.port, this.host);
    await once(this.#listener, 'listening');
  }

  #accept(client: Socket): void {
    const link: Link = { client, server: undefined };
    this.#links.add(link);
    this.#endTogether(link, client);
    if (this.#mode === 'open') this.#forward(link);
  }

  #forward(link: Link): void {
    if (link.server === undefined) {
      link.server = connect(this.#target.port, this.#target.host ?? '127.0.0.1');
      this.#endTogether(link, link.server);
    }
    link.client.pipe(link.server).pipe(link.client);
  }

  /** An error or the end of one side is passed on as the end of the other. */
  #endTogether(link: Link, side: Socket): void {
    side.setNoDelay(true);
    side.on('error', () => undefined); // followed by 'close', which is handled
    side.once('close', () => {
      this.#links.delete(link);
      link.client.destroy();
      link.server?.destroy();
    });
  }
}

/** A socket whose end was already sent cannot be reset: Node would keep its handle, and never finish exiting. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
