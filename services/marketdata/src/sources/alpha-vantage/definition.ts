import { isHtml, jsonOrUndefined } from '../json-body.ts';
import { faultOfStatus } from '../status-fault.ts';
import type { Fault, HttpResponse, SourceDefinition } from '../source.ts';
import { isObject } from '../values.ts';

const RAPID_API = 'https://alpha-vantage.p.rapidapi.com';

/** https://www.alphavantage.co/documentation/ */
export const alphaVantage: SourceDefinition = {
  name: 'alpha_vantage',
  title: 'Alpha Vantage',
  baseUrl: 'https://www.alphavantage.co',
  limits: [{ name: 'minute', perMs: 60_000, calls: 5 }, { name: 'day', perMs: 86_400_000, calls: 25 }],
  needsKey: true,
  licence: 'Personal use with a free key; real-time and redistribution need a paid plan.',
  authorise: (request, key) => ({ ...request, query: { ...request.query, apikey: key } }),
  classify,
};

/** The same service sold through RapidAPI: another address, and the key in a header. */
export const alphaVantageByRapidApi: SourceDefinition = {
  ...alphaVantage,
  baseUrl: RAPID_API,
  authorise: (request, key) => ({ ...request, headers: { ...request.headers, 'x-rapidapi-host': new URL(RAPID_API).host, 'x-rapidapi-key': key } }),
};

const RETRY_MS = [[/per day|daily/i, 3_600_000], [/per minute/i, 60_000], [/per second/i, 1_000]] as const;
// The notice about a used-up quota also praises the premium plans, so it is looked for first.
const WORDS: readonly (readonly [RegExp, Fault['fault']])[] = [
  [/rate limit|call frequency|calls? per|requests? per|spread(?:ing)? out/i, 'throttled'],
  [/apikey is invalid|invalid api ?key|\bdemo\b.*\bkey\b|claim your free api key/i, 'unauthorised'],
  [/premium|subscribe/i, 'plan_required'],
];

/** Refusals come with status 200, as one of three keys at the top. */
function classify(response: HttpResponse): Fault | undefined {
  const byStatus = faultOfStatus(response);
  const json = isHtml(response.body) ? undefined : jsonOrUndefined(response);
  if (!isObject(json)) return byStatus;
  const { 'Error Message': wrong, Note: note, Information: information, message } = json;
  if (typeof wrong === 'string') return { fault: /apikey/i.test(wrong) ? 'unauthorised' : 'bad_request', message: wrong };
  if (typeof note === 'string') return throttled(note);
  if (typeof information === 'string') {
    const fault = WORDS.find(([words]) => words.test(information))?.[1] ?? 'throttled';
    return fault === 'throttled' ? throttled(information) : { fault, message: information };
  }
  return byStatus !== undefined && typeof message === 'string' ? { ...byStatus, message } : byStatus;
}

function throttled(message: string): Fault {
  const retryAfterMs = RETRY_MS.find(([words]) => words.test(message))?.[1];
  return { fault: 'throttled', message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
