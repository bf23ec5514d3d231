import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { gatewayLink, type GatewayLink } from './gateway-link.ts';

/** A program of the machine, as in the TLS test of libs/engine. */
const PROGRAM = 'openssl';
const folder = mkdtempSync(join(tmpdir(), 'nautilus-pin-'));
const server = (): { server: Server; pem: string } => {
  const [keyFile, certificateFile] = [join(folder, 'key'), join(folder, 'certificate')];
  execFileSync(PROGRAM, ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=gateway', '-keyout', keyFile, '-out', certificateFile], { stdio: 'ignore' });
  const pem = readFileSync(certificateFile, 'utf8');
  return { pem, server: createServer({ key: readFileSync(keyFile), cert: pem }, (request, response) => void response.end(`${request.method} ${request.url}`)) };
};
let ours: ReturnType<typeof server>;
let other: ReturnType<typeof server>;
const urlOf = ({ server: one }: typeof ours): string => `https://127.0.0.1:${(one.address() as AddressInfo).port}/v1/api/tickle`;
const socketOf = (one: typeof ours): string => urlOf(one).replace('https', 'wss').replace('tickle', 'ws');
let heard = 0;
const ordinary: GatewayLink = { fetch, socket: (url) => new WebSocket(url) };
/** What the first message says, or that there was none. */
const firstWord = (socket: WebSocket): Promise<unknown> => new Promise((resolve) => {
  socket.addEventListener('message', ({ data }) => resolve(data));
  socket.addEventListener('close', () => resolve('closed'));
});

beforeAll(async () => {
  [ours, other] = [server(), server()];
  for (const event of ['request', 'upgrade']) other.server.on(event, () => (heard += 1));
  new WebSocketServer({ server: ours.server, path: '/v1/api/ws' }).on('connection', (socket) => socket.send('hello'));
  for (const one of [ours, other]) await new Promise<void>((resolve) => one.server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  for (const one of [ours, other]) {
    one.server.closeAllConnections();
    one.server.close();
  }
  rmSync(folder, { recursive: true });
});

describe('a pinned gateway', () => {
  it('is reached by its certificate, and by its fingerprint in either form', async () => {
    const { fingerprint256 } = new X509Certificate(ours.pem);
    for (const pin of [{ certificate: ours.pem }, { fingerprint: fingerprint256 }, { fingerprint: fingerprint256.replaceAll(':', '').toLowerCase() }]) {
      const link = await gatewayLink(pin, ordinary);
      const response = await link.fetch(urlOf(ours), { method: 'POST', body: 'x' });
      expect([response.status, await response.text()]).toEqual([200, 'POST /v1/api/tickle']);
      const socket = link.socket(socketOf(ours));
      expect(await firstWord(socket)).toBe('hello');
      socket.close();
    }
  });

  it('is not confused with another one: nothing is sent to that', async () => {
    const link = await gatewayLink({ certificate: ours.pem }, ordinary);
    expect(await firstWord(link.socket(socketOf(other)))).toBe('closed');
    await expect(link.fetch(urlOf(other), {})).rejects.toMatchObject({ cause: { message: expect.stringContaining('another certificate') } });
    expect(heard).toBe(0);
  });

  it('leaves verification as it is everywhere else', async () => {
    await gatewayLink({ certificate: ours.pem }, ordinary);
    await expect(fetch(urlOf(ours))).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    expect(await firstWord(ordinary.socket(socketOf(ours)))).toBe('closed');
    expect(await gatewayLink({}, ordinary)).toBe(ordinary);
  });

  it('needs a pin that is one', async () => {
    await expect(gatewayLink({ fingerprint: 'abc' }, ordinary)).rejects.toMatchObject({ kind: 'config' });
    await expect(gatewayLink({ certificate: 'no certificate' }, ordinary)).rejects.toMatchObject({ kind: 'config' });
  });
});
