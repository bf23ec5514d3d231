import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keptInMemory } from './kept-memory.ts';
import type { KeptAnswers, RequestEvent, SourcePorts, UnreadableAnswer } from './ports.ts';
import type { SourceStatus } from './source.ts';

/** One scripted answer. `hang`: none at all. `reset`: the connection is torn down. `cut`: it breaks after the first half of the body. */
export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly hang?: boolean;
  readonly cut?: boolean;
  readonly reset?: boolean;
}

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server on a real socket that answers what the test says: in turn, the last one for ever. */
export class SourceServer {
  readonly asked: Asked[] = [];
  #script: readonly (Scripted | ((asked: Asked) => Scripted))[] = [];
  #turn = 0;
  /** For sockets on the same address. */
  readonly http: Server;

  private constructor(server: Server) {
    this.http = server;
  }

  static async start(): Promise<SourceServer> {
    const server = createServer();
    const source = new SourceServer(server);
    server.on('request', (request, response) => void source.#serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return source;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  answers(...script: readonly (Scripted | ((asked: Asked) => Scripted))[]): void {
    this.#script = script;
    this.#turn = 0;
    this.asked.length = 0;
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const asked = { method: request.method ?? '', url: new URL(request.url ?? '/', this.url), headers: request.headers, body: Buffer.concat(chunks).toString() };
    this.asked.push(asked);
    const entry = this.#script[Math.min(this.#turn, this.#script.length - 1)] ?? { status: 404 };
    this.#turn += 1;
    const { status = 200, headers = {}, body = '', hang, cut, reset } = typeof entry === 'function' ? entry(asked) : entry;
    if (hang === true) return;
    if (reset === true) return void request.socket.resetAndDestroy();
    const bytes = Buffer.from(body);
    response.writeHead(status, { ...headers, 'content-length': String(bytes.length) });
    if (cut !== true) response.end(bytes);
    else response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
  }
}

/** As FakeClock of the testkit. */
interface TurnedClock {
  now(): number;
  monotonic(): number;
  advance(ms: number): void;
  setWallClock(ms: number): void;
}

/** Surroundings whose time the test turns. `delay` passes at once and moves the clock; `after` waits for `advance`. */
export class SourceWorld {
  readonly clock: TurnedClock;
  readonly delays: number[] = [];
  readonly requests: RequestEvent[] = [];
  readonly unreadable: UnreadableAnswer[] = [];
  readonly states: SourceStatus[] = [];
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];
  readonly ports: SourcePorts;

  constructor(clock: TurnedClock, kept: KeptAnswers = keptInMemory()) {
    this.clock = clock;
    this.ports = {
      now: () => this.clock.now(),
      monotonic: () => this.clock.monotonic(),
      random: () => 0.5,
      delay: async (ms) => {
        this.delays.push(ms);
        this.advance(ms);
      },
      after: (ms, run) => {
        const timer = { atMs: this.clock.monotonic() + ms, run };
        this.#timers.push(timer);
        return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
      },
      fetch: (url, options) => fetch(url, options),
      socket: (url) => new WebSocket(url),
      kept,
      onRequest: (event) => void this.requests.push(event),
      onUnreadable: (answer) => void this.unreadable.push(answer),
      onState: (status) => void this.states.push(status),
    };
  }

  advance(ms: number): void {
    const untilMs = this.clock.monotonic() + ms;
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.clock.advance(Math.max(0, next.atMs - this.clock.monotonic()));
      next.run();
    }
    this.clock.advance(untilMs - this.clock.monotonic());
  }
}
