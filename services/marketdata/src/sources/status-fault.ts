import { excerpt, isHtml } from './json-body.ts';
import type { Fault, HttpResponse, SourceFault } from './source.ts';

/** What a status alone says; undefined below 400. Sources with words of their own look at those first. */
export function faultOfStatus(response: HttpResponse): Fault | undefined {
  const fault = kindOf(response.status);
  if (fault === undefined) return undefined;
  const text = isHtml(response.body) ? 'a page of HTML' : excerpt(response.body);
  return { fault, message: `${response.status}: ${text}` };
}

function kindOf(status: number): SourceFault | undefined {
  if (status < 400) return undefined;
  if (status === 401 || status === 407) return 'unauthorised';
  if (status === 402 || status === 403) return 'plan_required';
  if (status === 404 || status === 410) return 'not_found';
  if (status === 429) return 'throttled';
  if (status === 408 || status === 425 || status >= 500) return 'unavailable';
  return 'bad_request';
}
