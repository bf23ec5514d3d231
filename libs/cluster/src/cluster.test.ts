import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { openCluster, type Cluster } from './cluster.ts';

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly type: string | undefined;
  readonly body: string;
}

/** Answers as the API server does, over a real socket. */
let answerTo: (asked: Asked) => { readonly status: number; readonly body: unknown };
let asked: Asked[];
let server: Server;
let cluster: Cluster;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const call = { method: request.method ?? '', url: new URL(request.url ?? '', 'http://api'), type: request.headers['content-type'], body: Buffer.concat(chunks).toString() };
      asked.push(call);
      const { status, body } = answerTo(call);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const config = new KubeConfig();
  const { port } = server.address() as AddressInfo;
  config.loadFromClusterAndUser({ name: 'fake', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }, { name: 'me' });
  cluster = await openCluster(config);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const refusal = (code: number) => ({ status: code, body: { kind: 'Status', code } });

describe('pods', () => {
  it('are listed by selector, with labels, address and whether they end', async () => {
    answerTo = () => ({
      status: 200,
      body: {
        items: [
          { metadata: { name: 'a', labels: { 'nautilus.io/redis': 'main' } }, status: { podIP: '10.0.0.1' } },
          { metadata: { name: 'b', deletionTimestamp: '2026-01-01T00:00:00Z' } },
        ],
      },
    });
    expect(await cluster.pods('x=y')).toEqual([
      { name: 'a', labels: { 'nautilus.io/redis': 'main' }, ip: '10.0.0.1', ending: false },
      { name: 'b', labels: {}, ip: undefined, ending: true },
    ]);
    expect(asked[0]?.url.pathname).toBe('/api/v1/namespaces/default/pods');
    expect(asked[0]?.url.searchParams.get('labelSelector')).toBe('x=y');
  });

  it('get labels by a merge patch, which leaves the others', async () => {
    answerTo = () => ({ status: 200, body: {} });
    await cluster.labelPod('a', { 'nautilus.io/role': 'primary' });
    expect(asked[0]).toMatchObject({ method: 'PATCH', type: 'application/merge-patch+json' });
    expect(JSON.parse(asked[0]!.body)).toEqual({ metadata: { labels: { 'nautilus.io/role': 'primary' } } });
  });
});

describe('leases', () => {
  it('are made when there is none, and replaced with the version that was read', async () => {
    answerTo = ({ method }) => (method === 'GET' ? refusal(404) : { status: 201, body: {} });
    expect(await cluster.readLease('l')).toBeUndefined();
    const lease = { holder: 'me', renewedAtMs: Date.UTC(2026, 0, 1), durationMs: 15_000, transitions: 2 };
    await cluster.writeLease('l', lease, undefined);
    await cluster.writeLease('l', lease, '7');
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'POST', 'PUT']);
    expect(JSON.parse(asked[2]!.body)).toMatchObject({
      metadata: { name: 'l', resourceVersion: '7' },
      spec: { holderIdentity: 'me', renewTime: '2026-01-01T00:00:00.000000Z', leaseDurationSeconds: 15, leaseTransitions: 2 },
    });
  });

  it('are read back as they were written', async () => {
    const spec = { holderIdentity: 'me', renewTime: '2026-01-01T00:00:00.000000Z', leaseDurationSeconds: 15, leaseTransitions: 2 };
    answerTo = () => ({ status: 200, body: { metadata: { name: 'l', resourceVersion: '7' }, spec } });
    expect(await cluster.readLease('l')).toEqual({ holder: 'me', renewedAtMs: Date.UTC(2026, 0, 1), durationMs: 15_000, transitions: 2, version: '7' });
  });

  it('tell a conflict from an API server that cannot serve', async () => {
    const write = () => cluster.writeLease('l', { holder: 'me', renewedAtMs: 0, durationMs: 15_000, transitions: 0 }, '7');
    answerTo = () => refusal(409);
    await expect(write()).rejects.toMatchObject({ kind: 'conflict' });
    answerTo = () => refusal(500);
    await expect(write()).rejects.toMatchObject({ kind: 'transient' });
    server.closeAllConnections();
    server.close();
    await expect(write()).rejects.toMatchObject({ kind: 'transient' });
  });
});
