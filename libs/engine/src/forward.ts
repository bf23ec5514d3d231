import { Agent, type AgentOptions, type ClientRequestArgs, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import httpProxy from 'http-proxy-3';
import { TransientError } from '@nautilus/model';

/** Passes requests on to another process: the gateway to engines, the dashboard's server to the gateway. */
export interface Forwarder {
  /**
   * Sends the request to `target` (`http://host:port`) with its path as it stands in `request.url`. Resolves when the
   * answer has ended. Rejects with TransientError when the target failed before any of its answer was sent on, so
   * that the caller may try another one; a target that fails later ends the response. A `fresh` connection is one that
   * the target cannot have closed in the meantime, as it may a kept one.
   */
  http(request: IncomingMessage, response: ServerResponse, target: string, connection?: 'kept' | 'fresh'): Promise<void>;
  /**
   * Joins a WebSocket upgrade to the target. Resolves when the connection has ended; rejects with TransientError,
   * the client having been told 503, when the target could not be reached.
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, target: string): Promise<void>;
  close(): void;
}

export interface ForwarderOptions {
  /** Without an answer for this long the target counts as failed. */
  readonly timeoutMs: number;
  /** A target that takes no connection for this long has failed; 2,000 by default. */
  readonly connectTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 2_000;

const UNREACHABLE = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/**
 * What leads nowhere, such as the address of a Service that was removed, mostly does not even refuse: whoever waits for it as long
 * as for an answer keeps a client waiting that another target could serve.
 */
class ConnectingAgent extends Agent {
  readonly #connectTimeoutMs: number;

  constructor(connectTimeoutMs: number, options: AgentOptions) {
    super(options);
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  override createConnection(options: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void): Duplex | null | undefined {
    const socket = super.createConnection(options, callback) as Socket;
    const giveUp = (): void => void socket.destroy(new Error(`no connection within ${this.#connectTimeoutMs} ms`));
    socket.setTimeout(this.#connectTimeoutMs, giveUp);
    socket.once('connect', () => {
      socket.off('timeout', giveUp);
      socket.setTimeout(0);
    });
    return socket;
  }
}

export function createForwarder(options: ForwarderOptions): Forwarder {
  const connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const agent = new ConnectingAgent(connectTimeoutMs, { keepAlive: true, maxSockets: 256 });
  const freshAgent = new ConnectingAgent(connectTimeoutMs, { keepAlive: false });
  const proxy = httpProxy.createProxyServer({ agent, proxyTimeout: options.timeoutMs, xfwd: true, ws: true });
  // The proxy repeats here, in vain, what a client that vanished did to its WebSocket; unheard it would end the process.
  proxy.on('error', () => undefined);
  // Without this a client would wait for ever for the rest of an answer whose sender has died.
  proxy.on('proxyRes', (answer, _request, response) => {
    answer.once('close', () => {
      if (!answer.complete) response.destroy();
    });
  });
  return {
    http: (request, response, target, connection = 'kept') =>
      new Promise((resolve, reject) => {
        const ended = (): void => resolve();
        response.once('close', ended);
        proxy.web(request, response, connection === 'kept' ? { target } : { target, agent: freshAgent }, (error: Error) => {
          response.off('close', ended);
          if (response.headersSent) {
            response.destroy();
            resolve();
          } else reject(new TransientError(`${target} did not answer`, { cause: error }));
        });
      }),
    upgrade: (request, socket, head, target) =>
      new Promise((resolve, reject) => {
        socket.once('close', () => resolve());
        let joined = false;
        // The agent of ordinary requests would keep an upgraded connection for reuse.
        socket.once('pipe', () => (joined = true));
        proxy.ws(request, socket as never, head, { target, agent: freshAgent }, (error: Error) => {
          // The proxy ends the socket right after this call. Once joined, it carries frames and no more HTTP.
          if (!joined && socket.writable) socket.write(UNREACHABLE);
          reject(new TransientError(`${target} did not take the connection`, { cause: error }));
        });
      }),
    close: () => {
      proxy.close();
      agent.destroy();
      freshAgent.destroy();
    },
  };
}
