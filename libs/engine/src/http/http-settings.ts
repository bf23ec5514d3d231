import { ConfigError } from '@nautilus/model';
import type { Scope } from '../route.ts';

/** The part of the settings that the HTTP side needs (contract.md, section 2.3). */
export interface HttpSettings {
  /** API_RATE_LIMIT: requests per client in a sliding minute; 0 = off. */
  readonly rateLimit: number;
  /** API_KEYS */
  readonly apiKeys: readonly ApiKey[];
  /** API_AUTH_MODE */
  readonly authMode: 'off' | 'edge' | 'all';
  /** TRUSTED_PROXIES: addresses and CIDR ranges whose `X-Forwarded-For` and `X-Real-IP` are believed. */
  readonly trustedProxies: readonly string[];
  /** In-cluster token: free of the rate limit, all scopes. */
  readonly serviceToken?: string;
}

export interface ApiKey {
  readonly name: string;
  readonly scope: Scope;
  /** Lower-case hex of SHA-256 of the key. */
  readonly sha256: string;
}

/** Entries of API_KEYS, each `name:scope:sha256`. Throws ConfigError, which never repeats the text. */
export function apiKeysOf(entries: readonly string[]): readonly ApiKey[] {
  const keys = entries.map((entry) => {
    const [name = '', scope = '', sha256 = '', ...more] = entry.split(':');
    if (name === '' || !isScope(scope) || !/^[0-9a-f]{64}$/i.test(sha256) || more.length > 0) {
      throw new ConfigError([{ path: 'API_KEYS', message: 'must be name:scope:sha256 with scope read, trade or admin' }]);
    }
    return { name, scope, sha256: sha256.toLowerCase() };
  });
  if (new Set(keys.map((key) => key.name)).size < keys.length) {
    throw new ConfigError([{ path: 'API_KEYS', message: 'names a key twice' }]);
  }
  return keys;
}

/** Each scope contains the ones before it. */
export const SCOPES: readonly Scope[] = ['read', 'trade', 'admin'];

const isScope = (text: string): text is Scope => (SCOPES as readonly string[]).includes(text);
