import { faultOfStatus } from '../status-fault.ts';
import type { Fault, HttpResponse, SourceDefinition } from '../source.ts';
import { MalformedError } from '../source.ts';
import { requiredText } from '../values.ts';

/** The service blocks an address for ten minutes after too many requests. */
const BLOCKED_MS = 600_000;

/** https://www.sec.gov/search-filings/edgar-application-programming-interfaces. The key is who asks: `Name email`. */
export const edgar: SourceDefinition = {
  name: 'edgar',
  title: 'SEC EDGAR',
  baseUrl: 'https://data.sec.gov',
  otherBaseUrls: { www: 'https://www.sec.gov' },
  limits: [{ name: 'second', perMs: 1_000, calls: 10 }],
  needsKey: true,
  licence: 'Public; filings may be passed on.',
  authorise: (request, contact) => ({ ...request, headers: { ...request.headers, 'user-agent': contact, 'accept-encoding': 'gzip' } }),
  classify,
};

function classify(response: HttpResponse): Fault | undefined {
  const fault = faultOfStatus(response);
  if (response.status !== 403) return fault;
  if (/request rate threshold|too many requests/i.test(response.body)) return { fault: 'throttled', message: '403: too many requests', retryAfterMs: BLOCKED_MS };
  return { fault: 'unauthorised', message: '403: the service wants a User-Agent of the form "Name email"' };
}

/** Ten digits, from a number or a text that may be padded or begin with `CIK`. @throws MalformedError */
export function cikOf(value: unknown): string {
  const digits = requiredText(value, 'cik').trim().replace(/^CIK/i, '');
  if (!/^\d{1,10}$/.test(digits)) throw new MalformedError(`no CIK: ${digits}`);
  return digits.padStart(10, '0');
}
