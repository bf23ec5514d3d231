import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pinnedFetch } from './pinned-fetch.ts';

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
const urlOf = ({ server: { address } }: typeof ours, to = ours): string => `https://127.0.0.1:${(address.call(to.server) as AddressInfo).port}/v1/api/tickle`;
let heard = 0;

beforeAll(async () => {
  [ours, other] = [server(), server()];
  other.server.on('request', () => (heard += 1));
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
      const send = await pinnedFetch(pin, fetch);
      const response = await send(urlOf(ours), { method: 'POST', body: 'x' });
      expect([response.status, await response.text()]).toEqual([200, 'POST /v1/api/tickle']);
    }
  });

  it('is not confused with another one: nothing is sent to that', async () => {
    const send = await pinnedFetch({ certificate: ours.pem }, fetch);
    await expect(send(urlOf(other, other), {})).rejects.toMatchObject({ cause: { message: expect.stringContaining('another certificate') } });
    expect(heard).toBe(0);
  });

  it('leaves verification as it is everywhere else', async () => {
    await pinnedFetch({ certificate: ours.pem }, fetch);
    await expect(fetch(urlOf(ours))).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    expect(await pinnedFetch({}, fetch)).toBe(fetch);
  });

  it('needs a pin that is one', async () => {
    await expect(pinnedFetch({ fingerprint: 'abc' }, fetch)).rejects.toMatchObject({ kind: 'config' });
    await expect(pinnedFetch({ certificate: 'no certificate' }, fetch)).rejects.toMatchObject({ kind: 'config' });
  });
});
