import { ServerResponse, STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { wireJson } from '@nautilus/model';
import type { MountDeclaration, SocketDeclaration } from '../declaration.ts';
import { isBelow } from './access.ts';
import { isServing } from './common/health-report.ts';
import type { HttpDependencies } from './dependencies.ts';
import type { Exchange } from './exchange.ts';
import type { Front } from './front.ts';
import { bySpecificity, matcherOf } from './path-template.ts';
import { HttpProblem, PROBLEM_TYPE, notServing, problemOf } from './problem.ts';

/** Largest frame taken from a client; above it the connection ends with 1009. */
const MAX_FRAME_BYTES = 64 * 1024;
const SERVICE_RESTART = 1012;
const BEARER = 'bearer.';
const INTERNAL_ERROR = 1011;

interface Endpoint {
  readonly declaration: SocketDeclaration<never>;
  readonly match: (path: string) => Readonly<Record<string, string>> | undefined;
  readonly server: WebSocketServer;
}

/** WebSocket upgrades: declared sockets first, then mounts that take upgrades. */
export class Sockets {
  readonly #deps: HttpDependencies;
  readonly #front: Front;
  readonly #endpoints: readonly Endpoint[];
  readonly #mounts: readonly MountDeclaration<never>[];
  /** Connections handed to mounts; the HTTP server no longer knows them. */
  readonly #handed = new Set<Duplex>();

  constructor(deps: HttpDependencies, front: Front) {
    this.#deps = deps;
    this.#front = front;
    this.#endpoints = [...(deps.declaration.sockets ?? [])].sort((a, b) => bySpecificity(a.path, b.path)).map(endpointOf);
    this.#mounts = [...(deps.declaration.mounts ?? [])].filter((mount) => mount.upgrade !== undefined).sort((a, b) => b.prefix.length - a.prefix.length);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until somebody takes the connection, its errors are of interest to nobody but must not end the process.
    const ignore = (): void => undefined;
    socket.on('error', ignore);
    takeKey(request);
    const exchange = this.#front.open(request, new ServerResponse(request));
    try {
      this.#front.admit(exchange);
      this.#take(exchange, request, socket, head);
      socket.off('error', ignore);
    } catch (error) {
      this.#refuse(exchange, socket, error);
    }
  }

  /** Tells clients to come back later (1012) and ends what mounts hold. */
  close(): void {
    for (const { server } of this.#endpoints) {
      for (const client of server.clients) client.close(SERVICE_RESTART, 'restarting');
    }
    for (const socket of this.#handed) socket.end();
  }

  /** For clients that did not answer the close. */
  terminate(): void {
    for (const { server } of this.#endpoints) {
      for (const client of server.clients) client.terminate();
    }
    for (const socket of this.#handed) socket.destroy();
  }

  #take(exchange: Exchange, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const phase = this.#deps.health.phase();
    for (const endpoint of this.#endpoints) {
      const params = endpoint.match(exchange.path);
      if (params === undefined) continue;
      this.#check(exchange, phase);
      endpoint.server.handleUpgrade(request, socket, head, (client) => this.#connect(endpoint.declaration, client, params, exchange, request));
      return;
    }
    const mount = this.#mounts.find(({ prefix }) => isBelow(exchange.path, prefix));
    if (mount?.upgrade === undefined) throw new HttpProblem(404, 'unknown-route', 'No WebSocket is at this path.');
    this.#check(exchange, phase);
    this.#handed.add(socket);
    socket.once('close', () => this.#handed.delete(socket));
    mount.upgrade(request, socket, head, this.#deps.context as never);
  }

  #check(exchange: Exchange, phase: ReturnType<HttpDependencies['health']['phase']>): void {
    this.#front.access.demand('read', exchange.path, exchange.principal);
    if (!isServing(phase) || phase === 'draining') throw notServing(phase);
  }

  #connect(declaration: SocketDeclaration<never>, client: WebSocket, params: Readonly<Record<string, string>>, exchange: Exchange, raw: IncomingMessage): void {
    const { context } = this.#deps;
    client.on('error', (error) => context.log.debug({ error, route: declaration.path }, 'socket failed'));
    const query = new URLSearchParams(raw.url?.split('?', 2)[1] ?? '');
    try {
      declaration.connect(client, { params, query, clientIp: exchange.clientIp, principal: exchange.principal, raw }, context as never);
    } catch (error) {
      context.log.error({ error, request_id: exchange.requestId, route: declaration.path }, 'socket not connected');
      client.close(INTERNAL_ERROR);
    }
  }

  #refuse(exchange: Exchange, socket: Duplex, error: unknown): void {
    const { body, headers } = problemOf(error, exchange, this.#deps.context.log);
    const text = wireJson(body);
    const lines = Object.entries({ ...exchange.answerHeaders, ...headers, 'Content-Type': PROBLEM_TYPE, 'Content-Length': Buffer.byteLength(text), Connection: 'close' });
    const head = [`HTTP/1.1 ${body.status} ${STATUS_CODES[body.status] ?? ''}`, ...lines.map(([name, value]) => `${name}: ${value}`)].join('\r\n');
    socket.end(`${head}\r\n\r\n${text}`);
    socket.once('finish', () => socket.destroy());
  }
}

/** A browser cannot set headers at an upgrade; from here on its key is where all keys are, and no log shows it. */
function takeKey(request: IncomingMessage): void {
  const [path = '/', text] = (request.url ?? '/').split('?', 2);
  const query = new URLSearchParams(text);
  const bearer = offeredKey(request.headers['sec-websocket-protocol']);
  if (bearer !== undefined) request.headers['x-api-key'] ??= bearer;
  const key = query.get('api_key');
  if (key === null) return;
  request.headers['x-api-key'] ??= key;
  query.delete('api_key');
  request.url = query.size === 0 ? path : `${path}?${query}`;
}

/** `bearer.<key>` among the subprotocols: out of the address, which other programs log. */
function offeredKey(protocols: string | undefined): string | undefined {
  return protocols?.split(',').map((protocol) => protocol.trim()).find((protocol) => protocol.startsWith(BEARER))?.slice(BEARER.length);
}

function endpointOf(declaration: SocketDeclaration<never>): Endpoint {
  const offered = declaration.protocols ?? [];
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    handleProtocols: (known) => offered.find((protocol) => known.has(protocol)) ?? false,
  });
  return { declaration, match: matcherOf(declaration.path), server };
}
