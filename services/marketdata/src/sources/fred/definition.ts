import { faultOfStatus } from '../status-fault.ts';
import type { Fault, HttpResponse, SourceDefinition } from '../source.ts';
import { refusalIn } from './body.ts';

/** https://fred.stlouisfed.org/docs/api/fred/ */
export const fred: SourceDefinition = {
  name: 'fred',
  title: 'FRED, Federal Reserve Bank of St. Louis',
  baseUrl: 'https://api.stlouisfed.org/fred',
  limits: [{ name: 'minute', perMs: 60_000, calls: 120 }],
  needsKey: true,
  licence: 'Free; series of third parties keep their own terms, and products must cite FRED.',
  authorise: (request, key) => ({ ...request, query: { ...request.query, api_key: key, file_type: 'json' } }),
  classify,
};

function classify(response: HttpResponse): Fault | undefined {
  const told = refusalIn(response.body);
  const byStatus = faultOfStatus({ ...response, status: response.status < 400 && told !== undefined ? told.code : response.status });
  if (told === undefined || byStatus === undefined) return byStatus;
  const { message } = told;
  // The status of all of these is 400.
  if (/api_?key/i.test(message)) return { fault: 'unauthorised', message };
  if (/does not exist/i.test(message)) return { fault: 'not_found', message };
  return { ...byStatus, message };
}
