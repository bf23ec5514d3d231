import { z } from 'zod';
import { jsonAs } from '../json-body.ts';
import type { Endpoint } from '../source.ts';

/** What the gateway says of its login. Nothing in it names the user, the account or the machine. */
export interface SessionRecord {
  readonly kind: 'session';
  readonly authenticated: boolean;
  readonly connected: boolean;
  /** Another login of the same user holds the session. */
  readonly competing: boolean;
  readonly message: string | null;
  readonly server: string | null;
  /** Milliseconds until the login ends, as tickle tells. */
  readonly expiresInMs: number | null;
  /** Why the archive (`hmds`) does not answer; null when it does or nothing was said. */
  readonly archiveError: string | null;
}

type None = Readonly<Record<string, never>>;

const text = z.string().nullish().transform((value) => (value === undefined || value === '' ? null : value));
const status = z.object({
  authenticated: z.boolean(), connected: z.boolean(), competing: z.boolean().optional(), message: text, fail: text,
  serverInfo: z.object({ serverName: text, serverVersion: text }).nullish(),
});
const tickleAnswer = z.object({
  iserver: z.object({ authStatus: status }), ssoExpires: z.number().nonnegative().optional(), hmds: z.object({ error: text }).loose().nullish(),
});

export const authStatusEndpoint: Endpoint<None, SessionRecord> = {
  name: 'auth_status',
  freshMs: () => 0,
  request: () => ({ method: 'POST', path: '/iserver/auth/status', repeatable: true }),
  parse: (response) => ({ records: [sessionOf(jsonAs(response, status))] }),
};

/** Keeps the login alive; due every minute. */
export const tickleEndpoint: Endpoint<None, SessionRecord> = {
  name: 'tickle',
  freshMs: () => 0,
  request: () => ({ method: 'POST', path: '/tickle', repeatable: true }),
  parse(response) {
    const { iserver, ssoExpires, hmds } = jsonAs(response, tickleAnswer);
    return { records: [{ ...sessionOf(iserver.authStatus), expiresInMs: ssoExpires ?? null, archiveError: hmds?.error ?? null }] };
  },
};

/** Opens the brokerage session of a user who has logged in; takes it over from a competing one only when told to. */
export const openSessionEndpoint: Endpoint<{ readonly compete: boolean }, SessionRecord> = {
  name: 'ssodh_init',
  freshMs: () => 0,
  request: ({ compete }) => ({
    method: 'POST', path: '/iserver/auth/ssodh/init', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ publish: true, compete }),
  }),
  parse: (response) => ({ records: [sessionOf(jsonAs(response, status))] }),
};

const accountsAnswer = z.object({ accounts: z.array(z.string()) });

/** Has to be asked once a session, before snapshots. Only the number of accounts leaves this file. */
export const accountsEndpoint: Endpoint<None, { readonly kind: 'accounts'; readonly count: number }> = {
  name: 'accounts',
  freshMs: () => 0,
  request: () => ({ path: '/iserver/accounts' }),
  parse: (response) => ({ records: [{ kind: 'accounts', count: jsonAs(response, accountsAnswer).accounts.length }] }),
};

function sessionOf({ authenticated, connected, competing, message, fail, serverInfo }: z.output<typeof status>): SessionRecord {
  return {
    kind: 'session', authenticated, connected, competing: competing ?? false, message: message ?? fail,
    server: serverInfo?.serverName ?? null, expiresInMs: null, archiveError: null,
  };
}
