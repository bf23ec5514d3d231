import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { engineApp } from '@nautilus/testkit';
import { defineEngine } from '../declaration.ts';
import { renewCertificate } from './tls.ts';

const folder = mkdtempSync(join(tmpdir(), 'nautilus-tls-'));
const settings = { port: 0, certificateFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
const certify = (name: string): void => {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', settings.keyFile, '-out', settings.certificateFile], { stdio: 'ignore' });
};
const { http } = engineApp(defineEngine({ name: 'edge', summary: 'Edge.', ports: { dual: 18_002 }, edge: true, needs: [] }));
let port = 0;

const dial = (version: SecureVersion): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    // Old versions need a lower security level of the client to be offered at all.
    const socket = connect({ port, rejectUnauthorized: false, minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }, () => resolve(socket));
    socket.on('error', reject);
  });

beforeAll(async () => {
  certify('first');
  port = await http.listenTls(settings);
});
afterAll(() => http.close(1_000));

describe('TLS at the edge', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('answers over %s', async (version) => {
    const socket = await dial(version);
    expect(socket.getProtocol()).toBe(version);
    socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const part of socket) text += String(part);
    expect(text).toMatch(/^HTTP\/1.1 200 .*\{"status":"alive"\}/s);
  });

  it('refuses TLS 1.1', async () => {
    await expect(dial('TLSv1.1')).rejects.toThrow(/protocol version/i);
  });

  it('refuses a file that holds no certificate', async () => {
    const broken = join(folder, 'broken');
    writeFileSync(broken, 'no certificate');
    await expect(http.listenTls({ ...settings, certificateFile: broken })).rejects.toThrow(/no certificate/);
    expect(renewCertificate({} as never, { ...settings, certificateFile: broken })).toBe(false);
  });
});
