import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { ConfigError } from '@nautilus/model';
import type { SourcePorts } from '../ports.ts';

/** How a gateway is talked to: by question and answer, and over a WebSocket. */
export type GatewayLink = Pick<SourcePorts, 'fetch' | 'socket'>;

export interface Pin {
  /** The gateway's own certificate, PEM. */
  readonly certificate?: string;
  /** SHA-256 of the certificate: 64 hexadecimal digits, colons allowed. */
  readonly fingerprint?: string;
}

/**
 * A link that talks to one gateway with a self-signed certificate, and to nobody who shows another one. Verification is
 * not switched off anywhere else. With neither pin it is the ordinary link with the ordinary authorities.
 * @throws ConfigError for a pin that is neither
 */
export async function gatewayLink({ certificate, fingerprint }: Pin, ordinary: GatewayLink): Promise<GatewayLink> {
  if (certificate === undefined && fingerprint === undefined) return ordinary;
  const pinned = certificate === undefined ? readFingerprint(fingerprint ?? '') : fingerprintOf(certificate);
  // Loaded when a gateway is set: most installations have none.
  const { Agent, buildConnector, fetch: send, WebSocket: Socket } = await import('undici');
  // A certificate that nobody signed cannot be checked against authorities; its fingerprint is checked before a byte is sent.
  // A resumed TLS session would show none, so each connection begins a new one.
  const connect = buildConnector({ rejectUnauthorized: false, timeout: 10_000, maxCachedSessions: 0 });
  const dispatcher = new Agent({
    connect(options, callback) {
      // An address is no server name (RFC 6066).
      const { servername, ...rest } = options;
      connect(isIP(options.hostname) === 0 ? options : { ...rest, ...(servername === undefined ? {} : { servername }) }, (error, socket) => {
        if (error !== null || socket === null) return callback(error ?? new Error('no connection'), null);
        const shown = 'getPeerX509Certificate' in socket ? socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase() : undefined;
        if (shown === pinned) return callback(null, socket);
        socket.destroy();
        callback(new Error(shown === undefined ? 'the gateway showed no certificate' : `the gateway showed another certificate: ${shown}`), null);
      });
    },
  });
  return {
    fetch: (url, options) => send(url, { ...options, dispatcher } as never) as unknown as Promise<Response>,
    socket: (url) => new Socket(url, { dispatcher }) as unknown as WebSocket,
  };
}

function readFingerprint(text: string): string {
  const digits = text.replaceAll(/[:\s]/g, '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits)) throw new ConfigError([{ path: 'IBKR_CERTIFICATE_FINGERPRINT', message: 'must be the SHA-256 fingerprint: 64 hexadecimal digits' }]);
  return digits;
}

function fingerprintOf(pem: string): string {
  try {
    return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
  } catch {
    throw new ConfigError([{ path: 'IBKR_CERTIFICATE_FILE', message: 'holds no certificate' }]);
  }
}
