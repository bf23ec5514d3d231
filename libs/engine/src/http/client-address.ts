import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { ConfigError } from '@nautilus/model';

/** Finds the address of the client behind proxies that are trusted. */
export class ClientAddress {
  readonly #trusted = new BlockList();
  readonly #any: boolean;

  /** Addresses or CIDR ranges. Throws ConfigError for anything else. */
  constructor(trustedProxies: readonly string[]) {
    this.#any = trustedProxies.length > 0;
    for (const entry of trustedProxies) this.#add(entry);
  }

  /**
   * The right-most address of `X-Forwarded-For` that is no trusted proxy, else `X-Real-IP`, else the peer; the
   * headers are not looked at when the peer itself is not trusted.
   */
  of(request: IncomingMessage): string {
    const peer = plain(request.socket.remoteAddress ?? '');
    if (!this.#any || !this.#isTrusted(peer)) return peer;
    const forwarded = headerText(request.headers['x-forwarded-for']).split(',').map((part) => plain(part.trim()));
    for (let index = forwarded.length - 1; index >= 0; index -= 1) {
      const address = forwarded[index] ?? '';
      if (isIP(address) === 0) break;
      if (index === 0 || !this.#isTrusted(address)) return address;
    }
    const real = plain(headerText(request.headers['x-real-ip']).trim());
    return isIP(real) === 0 ? peer : real;
  }

  #isTrusted(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
  }

  #add(entry: string): void {
    const [address = '', bits, ...more] = entry.split('/');
    const version = isIP(address);
    const prefix = bits === undefined ? undefined : Number(bits);
    const wide = version === 6 ? 128 : 32;
    if (version === 0 || more.length > 0 || (prefix !== undefined && !(Number.isInteger(prefix) && prefix >= 0 && prefix <= wide && bits !== ''))) {
      throw new ConfigError([{ path: 'TRUSTED_PROXIES', message: 'must be addresses or networks such as 10.0.0.0/8' }]);
    }
    const family = version === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) this.#trusted.addAddress(address, family);
    else this.#trusted.addSubnet(address, prefix, family);
  }
}

/** An IPv4 address that a dual-stack socket shows in its IPv6 form counts as the IPv4 one. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function headerText(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}
