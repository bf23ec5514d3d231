import { excerpt, isHtml, jsonOrUndefined } from '../json-body.ts';
import type { Fault, HttpResponse, SourceDefinition } from '../source.ts';
import { faultOfStatus } from '../status-fault.ts';

/** https://docs.tradingeconomics.com: indicators, calendar and markets by country. */
export const tradingEconomics: SourceDefinition = {
  name: 'trading_economics',
  title: 'Trading Economics',
  baseUrl: 'https://api.tradingeconomics.com',
  // One call a second is what the service takes in practice; it answers 409 or 429 beyond.
  limits: [{ name: 'second', perMs: 1_000, calls: 1 }],
  needsKey: true,
  licence: 'Licensed to the subscriber; passing data on needs the consent of Trading Economics.',
  // In the header and not as `c=`, so that no log of an address holds it.
  authorise: (request, key) => ({ ...request, headers: { ...request.headers, authorization: `Client ${key}` } }),
  classify,
};

const WORDS: readonly (readonly [RegExp, Fault['fault']])[] = [
  [/subscri|your plan|upgrade|no access|not (?:included|available) (?:in|to|for) (?:your|free|guest)|free (?:user|account|plan)|permission/i, 'plan_required'],
  [/unauthori[sz]ed|invalid (?:api )?(?:key|client|credential)|authenticat/i, 'unauthorised'],
  [/too many|rate limit|slow down|try again/i, 'throttled'],
  [/not found|no data|no results|unknown|does not exist/i, 'not_found'],
];

/** Refusals are often plain text, with any status. */
function classify(response: HttpResponse): Fault | undefined {
  const json = jsonOrUndefined(response);
  const text = textOf(json) ?? (json === undefined && !isHtml(response.body) && response.body.trim() !== '' ? excerpt(response.body) : undefined);
  const byStatus = response.status === 409 ? { fault: 'throttled' as const, message: `409: ${excerpt(response.body)}` } : faultOfStatus(response);
  if (byStatus !== undefined) return byStatus;
  if (text === undefined || /^[[{]/.test(response.body.trim()) && json === undefined) return undefined;
  const fault = WORDS.find(([words]) => words.test(text))?.[1];
  // A text that says none of it is not taken for a refusal: the parser will find no JSON.
  return fault === undefined ? undefined : { fault, message: text };
}

function textOf(json: unknown): string | undefined {
  if (typeof json === 'string') return json;
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const message: unknown = Reflect.get(json, 'message') ?? Reflect.get(json, 'Message') ?? Reflect.get(json, 'error');
  return typeof message === 'string' ? message : undefined;
}
