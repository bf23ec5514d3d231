import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { SecureVersion } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { openTestStore, startForTest, startNginx, type NginxServer, type TestEngine } from '@nautilus/testkit';
import type { Store } from '@nautilus/store';
import { systemAmbient } from '../../libs/engine/src/supplies.ts';
import type { Context } from '../../services/gateway/src/context.ts';
import { gatewayTo } from '../../services/gateway/src/engine.ts';

const SAMPLE = readFileSync(fileURLToPath(new URL('../../k8s/nginx/nautilus.conf', import.meta.url)), 'utf8');

/** The sample as shipped, with what its head tells a user to set. */
function site(port: number, certificates: string, gateway: number, dashboard: number): string {
  const changes: readonly (readonly [string, string])[] = [
    ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`], ['/etc/nginx/nautilus/', `${certificates}/`],
    ['127.0.0.1:8001', `127.0.0.1:${gateway}`], ['127.0.0.1:3000', `127.0.0.1:${dashboard}`],
    // OpenSSL offers TLS 1.1 to nobody at its usual security level; the refusal must come from the protocols named.
    ['ECDHE-ECDSA-AES256-GCM-SHA384:', 'ECDHE-ECDSA-AES256-GCM-SHA384:@SECLEVEL=0:'],
  ];
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the sample does not say ${from}`);
    return text.replaceAll(from, to);
  }, SAMPLE);
}

describe('the sample for an nginx outside the cluster', () => {
  const upstream: Server = createServer((request, response) => {
    const health = { status: 'operational', version: '1', uptime_seconds: 1, engine_id: 'vpin:a' };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(request.url === '/health' ? health : { client: request.headers['x-real-ip'], host: request.headers.host }));
  });
  const page: Server = createServer((_request, response) => void response.end('the dashboard'));
  const sockets = new WebSocketServer({ server: upstream });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`heard ${String(data as Buffer)}`)));
  const portOf = (server: Server): number => (server.address() as AddressInfo).port;
  let store: Store;
  let gateway: TestEngine<Context>;
  let nginx: NginxServer;

  beforeAll(async () => {
    await Promise.all([upstream, page].map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
    store = await openTestStore(systemAmbient());
    const endpoint = { name: 'vpin', folder: 'vpin', port: portOf(upstream), architecture: 'dual_bus' as const, service: 'nautilus-vpin', summary: 'A test.' };
    gateway = await startForTest(gatewayTo([endpoint]), { store, settings: { TRUSTED_PROXIES: '127.0.0.1' } });
    nginx = await startNginx((port, certificates) => site(port, certificates, gateway.port, portOf(page)));
  });
  afterAll(async () => {
    await nginx.stop();
    await gateway.stop();
    await store.close(5_000);
    for (const client of sockets.clients) client.terminate();
    for (const server of [upstream, page]) server.closeAllConnections();
    for (const server of [upstream, page]) server.close();
  });

  const ask = (path: string, version: SecureVersion = 'TLSv1.3', headers: Record<string, string> = {}): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port: nginx.port, path, headers, rejectUnauthorized: false, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }, (response: IncomingMessage) => {
        let text = '';
        response.on('data', (part: Buffer) => (text += String(part))).on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on('error', reject);
    });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('answers over %s', async (version) => {
    expect((await ask('/health', version)).status).toBe(200);
  });

  it('refuses TLS 1.1', async () => {
    await expect(ask('/health', 'TLSv1.1')).rejects.toThrow(/protocol version/i);
  });

  it('passes requests on, with the name that was asked for and the caller\'s own address', async () => {
    const { status, text } = await ask('/api/vpin/vpin/IBM', 'TLSv1.3', { 'host': 'api.nautilus.com', 'x-real-ip': '203.0.113.9' });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ host: 'api.nautilus.com', client: '127.0.0.1' });
  });

  it('shows the dashboard elsewhere', async () => {
    expect(await ask('/')).toEqual({ status: 200, text: 'the dashboard' });
  });

  it('lets WebSockets through', async () => {
    const socket = new WebSocket(`wss://127.0.0.1:${nginx.port}/api/vpin/ws`, { rejectUnauthorized: false });
    const heard = await new Promise((resolve, reject) => {
      socket.on('open', () => socket.send('hello')).on('message', (data) => resolve(String(data as Buffer))).on('error', reject);
    });
    socket.terminate();
    expect(heard).toBe('heard hello');
  });
});
