import { createServer, STATUS_CODES, type Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Express } from 'express';
import { wireJson } from '@nautilus/model';
import { Answers } from './answers.ts';
import { HealthReport } from './common/health-report.ts';
import { placedRoutes } from './declared-paths.ts';
import type { HttpDependencies } from './dependencies.ts';
import { docsPage } from './docs-page.ts';
import { Front } from './front.ts';
import { openApiOf } from './openapi.ts';
import { PROBLEM_TYPE } from './problem.ts';
import { createApp } from './router.ts';
import { Sockets } from './sockets.ts';
import { createTlsServer, renewCertificate, type TlsSettings } from './tls.ts';

export type { HttpDependencies } from './dependencies.ts';

/** Longer than proxies keep idle connections, so that they end them and never send into a closing one. */
const KEEP_ALIVE_MS = 65_000;
const RENEWAL_LOOK_MS = 60_000;

export interface HttpServer {
  readonly server: Server;
  readonly app: Express;
  /** Resolves with the port; rejects when it is taken. Port 0 takes a free one. */
  listen(port: number, host?: string): Promise<number>;
  /** Serves the same over TLS beside it. Throws ConfigError for a certificate that cannot be used. */
  listenTls(settings: TlsSettings): Promise<number>;
  /** From here on each answer ends its connection, so that kept ones move to another replica before this one closes. */
  sendAway(): void;
  /**
   * Takes no more connections, ends WebSockets with 1012, waits for answers in hand. At the deadline what is left is
   * cut. Resolves once everything is closed; a second call waits for the same end.
   */
  close(deadlineMs: number): Promise<void>;
}

export function createHttpServer(deps: HttpDependencies): HttpServer {
  const { context, declaration } = deps;
  const answers = new Answers(context.clock, deps.metrics.http);
  const front = new Front(deps);
  const documents = new Map<string, string>();
  let listening: number | undefined;
  const port = (): number => listening ?? context.engine.port;
  const common = {
    deps,
    health: new HealthReport(deps, port),
    page: (base: string): string => docsPage(declaration, placedRoutes(declaration), base),
    document: (root: string): string => {
      let text = documents.get(root);
      if (text === undefined) documents.set(root, (text = wireJson(openApiOf(declaration, context.engine.version, root))));
      return text;
    },
  };
  const app = createApp({ common, front, answers });
  const sockets = new Sockets(deps, front);
  let tls: TlsServer | undefined;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: KEEP_ALIVE_MS + 1_000 }, app);
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  server.on('clientError', refuseUnreadable);
  let closed: Promise<void> | undefined;
  return {
    server,
    app,
    listen: (wanted, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(wanted, host, () => {
          server.off('error', reject);
          // Kept: asking the socket costs as much as a tenth of an answer.
          listening = (server.address() as AddressInfo).port;
          resolve(listening);
        });
      }),
    async listenTls(settings) {
      const secure = createTlsServer(settings, app, KEEP_ALIVE_MS);
      tls = secure;
      secure.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
      secure.on('clientError', refuseUnreadable);
      context.timers.every(RENEWAL_LOOK_MS, () => {
        if (!renewCertificate(secure, settings)) context.log.warn({}, 'the certificate cannot be read again; the one in use stays');
      });
      await new Promise<void>((resolve, reject) => {
        secure.once('error', reject);
        secure.listen(settings.port, () => {
          secure.off('error', reject);
          resolve();
        });
      });
      return (secure.address() as AddressInfo).port;
    },
    sendAway: () => void (answers.closing = true),
    close: (deadlineMs) => (closed ??= close(deadlineMs)),
  };

  async function close(deadlineMs: number): Promise<void> {
    answers.closing = true;
    sockets.close();
    if (!server.listening) return;
    const cancel = context.timers.after(deadlineMs, () => {
      sockets.terminate();
      server.closeAllConnections();
      tls?.closeAllConnections();
    });
    await Promise.all([server, tls].map((open) => new Promise<void>((resolve) => (open?.listening === true ? open.close(() => resolve()) : resolve()))));
    cancel();
  }
}

const UNREADABLE: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** What is no HTTP never becomes a request, so it is answered on the bare connection. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = UNREADABLE[error.code ?? ''] ?? 400;
  const title = STATUS_CODES[status] ?? 'Error';
  const text = wireJson({ type: '/problems/malformed-input', title, status, detail: 'The request could not be read.', instance: '', request_id: '' });
  socket.end(`HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`);
}
