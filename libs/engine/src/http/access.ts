import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ForbiddenError, UnauthorisedError } from '@nautilus/model';
import type { Principal, Scope } from '../route.ts';
import { SCOPES, type HttpSettings } from './http-settings.ts';

/** Browsers cannot set headers on a WebSocket; they offer `bearer.<key>` as a subprotocol. */
const BEARER_PROTOCOL = 'bearer.';

export interface Caller {
  readonly principal: Principal;
  /** Shown the in-cluster token: no rate limit. */
  readonly inCluster: boolean;
}

/** Who calls, and whether that suffices (contract.md, section 2.3). */
export class Access {
  readonly #keys: readonly { readonly digest: Buffer; readonly caller: Caller }[];
  readonly #anyKey: boolean;
  readonly #asksAll: boolean;

  constructor(settings: HttpSettings, edge: boolean) {
    const keys = settings.apiKeys.map(({ name, scope, sha256 }) => ({
      digest: Buffer.from(sha256, 'hex'),
      caller: { principal: { name, scope }, inCluster: false },
    }));
    this.#anyKey = keys.length > 0;
    const service = settings.serviceToken === undefined
      ? []
      : [{ digest: digestOf(settings.serviceToken), caller: { principal: { name: 'in-cluster', scope: 'admin' as const }, inCluster: true } }];
    this.#keys = [...keys, ...service];
    this.#asksAll = this.#anyKey && (settings.authMode === 'all' || (settings.authMode === 'edge' && edge));
  }

  /** Undefined when nothing was shown, or nothing that is known. */
  callerOf(headers: IncomingHttpHeaders): Caller | undefined {
    if (this.#keys.length === 0) return undefined;
    const shown = credential(headers);
    if (shown === undefined) return undefined;
    const digest = digestOf(shown);
    let found: Caller | undefined;
    // Every key is compared, so that the time tells nothing about which one came close.
    for (const key of this.#keys) {
      if (timingSafeEqual(key.digest, digest)) found = key.caller;
    }
    return found;
  }

  /** Admin routes ask whenever there is any key; the others as API_AUTH_MODE says. */
  demand(scope: Scope, path: string, principal: Principal | undefined): void {
    if (!this.#anyKey || !(this.#asksAll || scope === 'admin') || isOpen(path)) return;
    if (principal === undefined) throw new UnauthorisedError('a known API key is needed');
    if (SCOPES.indexOf(principal.scope) < SCOPES.indexOf(scope)) throw new ForbiddenError(`the scope ${scope} is needed`);
  }
}

function credential(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['x-api-key'];
  if (typeof key === 'string' && key !== '') return key;
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
  return offered?.find((name) => name.startsWith(BEARER_PROTOCOL))?.slice(BEARER_PROTOCOL.length);
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isOpen(path: string): boolean {
  return isBelow(path, '/health') || isBelow(path, '/docs');
}

/** Probes and metrics cost no budget. */
export function isFree(path: string): boolean {
  return isBelow(path, '/health') || isBelow(path, '/metrics');
}

export function isBelow(path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || prefix.endsWith('/') || path.charCodeAt(prefix.length) === 47);
}
