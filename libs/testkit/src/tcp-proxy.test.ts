import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.ts';
import { TcpProxy } from './tcp-proxy.ts';

interface Client {
  readonly socket: Socket;
  received: string;
  ended: boolean;
}

describe('TcpProxy', () => {
  let echo: Server;
  let proxy: TcpProxy;
  const clients: Client[] = [];

  beforeEach(async () => {
    echo = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.start({ port: (echo.address() as AddressInfo).port });
  });

  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.destroy();
    await proxy.close();
    echo.close();
  });

  async function client(): Promise<Client> {
    const socket = connect(proxy.port, proxy.host);
    const created: Client = { socket, received: '', ended: false };
    clients.push(created);
    socket.on('data', (data) => (created.received += data.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => (created.ended = true));
    await once(socket, 'connect');
    return created;
  }

  /** Two round trips to the target that go past the proxy: what the proxy would pass on has arrived by then. */
  async function roundTripBesideTheProxy(): Promise<void> {
    const direct = connect((echo.address() as AddressInfo).port, '127.0.0.1');
    for (const word of ['one', 'two']) {
      direct.write(word);
      await once(direct, 'data');
    }
    direct.destroy();
  }

  it('forwards both ways and passes the end on', async () => {
    const one = await client();
    await proxy.heal(); // nothing to heal: must not double what is forwarded
    one.socket.write('hello');
    await eventually(() => one.received === 'hello');
    one.socket.destroy();
    await eventually(() => proxy.connections === 0);
  });

  it('resets connections when cut, refuses new ones, and serves again when healed', async () => {
    const one = await client();
    await proxy.cut();
    await eventually(() => one.ended);
    await expect(client()).rejects.toThrow('ECONNREFUSED');
    await proxy.heal();
    const two = await client();
    two.socket.write('again');
    await eventually(() => two.received === 'again');
  });

  it('holds bytes of old and new connections while stalled and delivers them when healed', async () => {
    const old = await client();
    old.socket.write('before ');
    await eventually(() => old.received === 'before ');
    await proxy.stall();
    const young = await client();
    old.socket.write('after');
    young.socket.write('late');
    await roundTripBesideTheProxy();
    expect([old.received, young.received, old.ended, young.ended]).toEqual(['before ', '', false, false]);
    await proxy.heal();
    await eventually(() => old.received === 'before after' && young.received === 'late');
  });

  it('ends connections whose target has gone', async () => {
    await new Promise((resolve) => echo.close(resolve));
    const one = await client();
    await eventually(() => one.ended);
  });
});
