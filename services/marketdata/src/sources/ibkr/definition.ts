import { isHtml, jsonOrUndefined } from '../json-body.ts';
import type { Fault, HttpResponse, SourceDefinition } from '../source.ts';
import { faultOfStatus } from '../status-fault.ts';

/** https://ibkrcampus.com, Client Portal API: quotes and history through a gateway that the user logs in to. Orders are no part of it. */
export const ibkr: SourceDefinition = {
  name: 'ibkr',
  title: 'Interactive Brokers Client Portal',
  baseUrl: 'https://localhost:5000/v1/api',
  // Of the whole API; the gateway answers 429 beyond.
  limits: [{ name: 'second', perMs: 1_000, calls: 10 }],
  needsKey: false,
  licence: 'For the subscriber alone; exchanges own the quotes, and passing them on needs their licence.',
  classify,
};

/** The gateway names its refusals in `error`, with a status that may be good. */
function classify(response: HttpResponse): Fault | undefined {
  const body = jsonOrUndefined(response);
  const told = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
  const error: unknown = Reflect.get(told, 'error');
  if (typeof error === 'string' && error !== '') return { fault: faultOfText(error) ?? faultOfStatus({ ...response, status: statusIn(told, response.status) })?.fault ?? 'bad_request', message: error };
  const byStatus = faultOfStatus(response);
  if (byStatus !== undefined) return byStatus;
  // Without a session the gateway shows its login page.
  return isHtml(response.body) && /sso|login|log in/i.test(response.body) ? { fault: 'unauthorised', message: 'the gateway asks for a login' } : undefined;
}

function statusIn(body: object, status: number): number {
  const told: unknown = Reflect.get(body, 'statusCode');
  return typeof told === 'number' ? told : status;
}

function faultOfText(error: string): Fault['fault'] | undefined {
  if (wantsAccountsFirst(error)) return 'bad_request';
  if (/not authenticated|not logged in|session (?:expired|invalid)/i.test(error)) return 'unauthorised';
  if (/no bridge|service unavailable|not connected|timed? ?out/i.test(error)) return 'unavailable';
  if (/not subscribed|no market data permission|subscription/i.test(error)) return 'plan_required';
  if (/too many requests|limit exceeded/i.test(error)) return 'throttled';
  return undefined;
}

/** Quotes and orders are refused until the accounts were asked for, once a session. */
export function wantsAccountsFirst(message: string): boolean {
  return /query \/?accounts first/i.test(message);
}
