import { connect } from 'node:net';

/** What a port does with a connection: it speaks or hangs up, it takes the connection and says nothing, or it takes none. */
export type Listener = 'answers' | 'silent' | 'absent';

const POSTGRES_PORTS: readonly number[] = [5432];
const REDIS_PORTS: readonly number[] = [6379, 6380, 6381, 6382];
/** PostgreSQL's SSLRequest, answered with one letter and no line in its log (Frontend/Backend Protocol, 53.7). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

function question(port: number): Buffer | string {
  if (POSTGRES_PORTS.includes(port)) return SSL_REQUEST;
  return REDIS_PORTS.includes(port) ? 'PING\r\n' : 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
}

/** Asks the port of the contract something that its server answers without a trace. */
export function listenerAt(port: number, patienceMs: number, asked: Buffer | string = question(port)): Promise<Listener> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let found: Listener = 'absent';
    const end = (): void => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(patienceMs, end);
    socket.on('connect', () => {
      found = 'silent';
      socket.write(asked);
    });
    for (const event of ['data', 'close'] as const) {
      socket.on(event, () => {
        if (found === 'silent') found = 'answers';
        end();
      });
    }
    socket.on('error', end);
  });
}
