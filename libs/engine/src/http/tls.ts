import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { RequestListener } from 'node:http';
import { ConfigError } from '@nautilus/model';

/** Where the certificate is. The files are read again, so that a renewed one is used without a restart. */
export interface TlsSettings {
  readonly port: number;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Of TLS 1.2; those of TLS 1.3 are all modern. ECDSA and RSA certificates, forward secrecy always. */
const SUITES = [
  'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384', 'DHE-RSA-AES128-GCM-SHA256',
];

/** TLS 1.2 and 1.3 only. Throws ConfigError when the files are no certificate and key. */
export function createTlsServer(settings: TlsSettings, listener: RequestListener, keepAliveTimeoutMs: number): Server {
  try {
    return createServer({
      ...files(settings),
      minVersion: 'TLSv1.2', ciphers: SUITES.join(':'), honorCipherOrder: true, dhparam: 'auto',
      keepAliveTimeout: keepAliveTimeoutMs, headersTimeout: keepAliveTimeoutMs + 1_000,
    }, listener);
  } catch (error) {
    throw new ConfigError([{ path: 'NAUTILUS_TLS_CERT_FILE', message: `is no certificate with its key: ${error instanceof Error ? error.message : String(error)}` }]);
  }
}

/** Reads the files again; a renewal that is half written keeps the certificate in use. False when it could not be read. */
export function renewCertificate(server: Server, settings: TlsSettings): boolean {
  try {
    server.setSecureContext({ ...files(settings), minVersion: 'TLSv1.2', ciphers: SUITES.join(':'), honorCipherOrder: true, dhparam: 'auto' });
    return true;
  } catch {
    return false;
  }
}

function files({ certificateFile, keyFile }: TlsSettings): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
}
