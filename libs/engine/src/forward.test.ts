import { spawn } from 'node:child_process';
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { createForwarder } from './forward.ts';

const open: { close(): unknown }[] = [];
const forwarder = (timeoutMs = 2_000): ReturnType<typeof createForwarder> => {
  const made = createForwarder({ timeoutMs, connectTimeoutMs: 100 });
  open.push(made);
  return made;
};
afterEach(() => {
  for (const thing of open.splice(0)) thing.close();
});

async function listen(server: Server): Promise<string> {
  open.push({ close: () => (server.closeAllConnections(), server.close()) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => listen(createServer(handle));

/** A port on which nothing listens. */
async function deadTarget(): Promise<string> {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return url;
}

/** A port whose server takes no more connections and refuses none, as an address behind which nothing is left. */
async function silentTarget(): Promise<string> {
  const child = spawn(process.execPath, ['-e', "const s = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))"], { stdio: ['ignore', 'pipe', 'inherit'] });
  open.push({ close: () => child.kill('SIGKILL') });
  const port = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
  child.kill('SIGSTOP');
  const waiting = (): Promise<Socket | undefined> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      open.push({ close: () => socket.destroy() });
      socket.on('error', () => undefined);
      socket.once('connect', () => resolve(undefined));
      socket.setTimeout(200, () => resolve(socket.connecting ? socket : undefined));
    });
  while ((await waiting()) === undefined);
  return `http://127.0.0.1:${port}`;
}

describe('forwarding', () => {
  it('passes method, path, body, status and host on', async () => {
    const target = await serve((request, response) => {
      void request.toArray().then((chunks: Buffer[]) => {
        response.writeHead(201, { 'x-seen': `${request.method} ${request.url} ${request.headers.host}` });
        response.end(Buffer.concat(chunks));
      });
    });
    const through = forwarder();
    const front = await serve((request, response) => void through.http(request, response, target));
    const answer = await fetch(`${front}/a?b=1`, { method: 'POST', body: 'hello' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-seen')).toBe(`POST /a?b=1 ${new URL(front).host}`);
    expect(await answer.text()).toBe('hello');
  });

  it('rejects before anything was sent, so that another target can answer', async () => {
    const dead = await deadTarget();
    const alive = await serve((_request, response) => void response.end('second'));
    const through = forwarder();
    const front = await serve((request, response) => {
      void through.http(request, response, dead).catch(() => through.http(request, response, alive));
    });
    expect(await (await fetch(front)).text()).toBe('second');
  });

  it.each(['kept', 'fresh'] as const)('gives up on a target that takes no connection long before it would on an answer (%s)', async (connection) => {
    const silent = await silentTarget();
    const alive = await serve((_request, response) => void response.end('second'));
    // Longer than the limit of a test.
    const through = forwarder(600_000);
    const front = await serve((request, response) => {
      void through.http(request, response, silent, connection).catch(() => through.http(request, response, alive));
    });
    expect(await (await fetch(front)).text()).toBe('second');
  });

  it('breaks off, rather than pretend an end, when the target dies in the middle of its answer', async () => {
    const target = await serve((_request, response) => {
      response.write('half');
      setImmediate(() => response.destroy());
    });
    const through = forwarder();
    const front = await serve((request, response) => void through.http(request, response, target));
    const outcome = await new Promise<string>((resolve) => {
      httpRequest(front, (response) => {
        response.on('data', () => undefined);
        response.on('end', () => resolve('ended'));
        response.on('error', () => resolve('broken'));
      })
        .on('error', () => resolve('broken'))
        .end();
    });
    expect(outcome).toBe('broken');
  });

  it('joins WebSocket connections both ways', async () => {
    const upstream = createServer();
    const sockets = new WebSocketServer({ server: upstream });
    sockets.on('connection', (socket, request) => socket.on('message', (data) => socket.send(`${request.url} ${String(data)}`)));
    const target = await listen(upstream);
    const through = forwarder();
    const front = createServer();
    front.on('upgrade', (request, socket, head) => void through.upgrade(request, socket, head, target));
    const url = (await listen(front)).replace('http', 'ws');
    const client = new WebSocket(`${url}/ws?x=1`);
    open.push({ close: () => client.terminate() });
    const echoed = await new Promise((resolve, reject) => {
      client.on('open', () => client.send('ping'));
      client.on('message', (data) => resolve(String(data)));
      client.on('error', reject);
    });
    expect(echoed).toBe('/ws?x=1 ping');
  });

  it('goes on when a WebSocket client vanishes', async () => {
    const upstream = createServer();
    const sockets = new WebSocketServer({ server: upstream });
    const left = new Promise<void>((resolve) => sockets.on('connection', (socket) => socket.on('close', () => resolve())));
    const target = await listen(upstream);
    const through = forwarder();
    const front = createServer();
    const ended = new Promise<void>((resolve) => {
      front.on('upgrade', (request, socket, head) => {
        void through.upgrade(request, socket, head, target).then(resolve);
        // As after a write to a browser that has left the page.
        socket.once('pipe', () => setImmediate(() => socket.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))));
      });
    });
    const client = new WebSocket((await listen(front)).replace('http', 'ws'));
    client.on('error', () => undefined);
    await Promise.all([ended, left]);
  });

  it('rejects an upgrade that the target does not take', async () => {
    const dead = await deadTarget();
    const through = forwarder();
    const front = createServer();
    const refused = new Promise((resolve) => {
      front.on('upgrade', (request, socket, head) => {
        through.upgrade(request, socket, head, dead).catch((error: Error) => {
          socket.destroy();
          resolve(error.message);
        });
      });
    });
    const client = new WebSocket((await listen(front)).replace('http', 'ws'));
    client.on('error', () => undefined);
    expect(await refused).toContain('did not take the connection');
  });
});
