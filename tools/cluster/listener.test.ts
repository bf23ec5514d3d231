import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { listenerAt } from './listener.ts';

const open: Server[] = [];
async function listen(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
afterEach(() => Promise.all(open.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

describe('what is behind a port', () => {
  it('answers when it speaks or hangs up', async () => {
    expect(await listenerAt(await listen(createHttpServer((_request, response) => void response.end('live'))), 10_000)).toBe('answers');
    expect(await listenerAt(await listen(createServer((socket) => void socket.destroy())), 10_000)).toBe('answers');
    const redis = await listen(createServer((socket) => void socket.once('data', (asked) => socket.end(String(asked) === 'PING\r\n' ? '+PONG\r\n' : '-ERR\r\n'))));
    expect(await listenerAt(redis, 10_000, 'PING\r\n')).toBe('answers');
  });

  it('is silent when it takes a connection and says nothing, as a forward to a pod that is gone', async () => {
    const port = await listen(createServer((socket) => void socket.on('error', () => undefined).resume()));
    expect(await listenerAt(port, 50)).toBe('silent');
  });

  it('is absent when nothing listens', async () => {
    const port = await listen(createServer());
    await new Promise((resolve) => open.pop()?.close(resolve));
    expect(await listenerAt(port, 10_000)).toBe('absent');
  });
});
