import type { Scripted } from './source-server.fixture.ts';
import type { SourceFault, SourceStatus } from './source.ts';

export interface FaultRow {
  readonly what: string;
  /** Given a good answer. */
  readonly answer: (good: string) => Scripted;
  readonly fault: SourceFault;
  /** Of a source that was not asked before. What the asker did wrong says nothing against it. */
  readonly state: SourceStatus['state'];
  /** Whether a poll or backfill asks again by itself soon, with its place kept; else it waits for a person or a day. */
  readonly waits: boolean;
}

const TEXT = { 'content-type': 'text/plain' };

/** What a source may do instead of answering, and what comes of it: the rows of the fault matrix. */
export const FAULTS: readonly FaultRow[] = [
  { what: '429 with Retry-After', answer: () => ({ status: 429, headers: { 'retry-after': '30' } }), fault: 'throttled', state: 'degraded', waits: true },
  { what: '429 without Retry-After', answer: () => ({ status: 429 }), fault: 'throttled', state: 'degraded', waits: true },
  { what: '500', answer: () => ({ status: 500, body: 'oops' }), fault: 'unavailable', state: 'degraded', waits: true },
  { what: '502', answer: () => ({ status: 502 }), fault: 'unavailable', state: 'degraded', waits: true },
  { what: '503 with a page', answer: () => ({ status: 503, body: '<html><body>maintenance</body></html>' }), fault: 'unavailable', state: 'degraded', waits: true },
  { what: 'no answer in time', answer: () => ({ hang: true }), fault: 'unavailable', state: 'degraded', waits: true },
  { what: 'a connection that is reset', answer: () => ({ reset: true }), fault: 'unavailable', state: 'degraded', waits: true },
  { what: 'an answer that breaks off', answer: (good) => ({ body: good, cut: true }), fault: 'unavailable', state: 'degraded', waits: true },
  { what: 'half a document', answer: (good) => ({ body: good.slice(0, good.length >> 1) }), fault: 'malformed', state: 'degraded', waits: true },
  { what: 'another document', answer: () => ({ body: '{"hello":"world"}' }), fault: 'malformed', state: 'degraded', waits: true },
  { what: 'a list of nonsense', answer: () => ({ body: '[[1,{"a":null}],2]' }), fault: 'malformed', state: 'degraded', waits: true },
  { what: 'a page of HTML with 200', answer: () => ({ body: '<!DOCTYPE html><html><body>welcome</body></html>' }), fault: 'malformed', state: 'degraded', waits: true },
  { what: 'XML that is none', answer: () => ({ headers: { 'content-type': 'text/xml' }, body: '<?xml version="1.0"?><rows><row></rows>' }), fault: 'malformed', state: 'degraded', waits: true },
  { what: 'CSV in place of JSON', answer: () => ({ headers: TEXT, body: 'date,close\n2024-01-05,"1' }), fault: 'malformed', state: 'degraded', waits: true },
  { what: 'nothing', answer: () => ({ body: '' }), fault: 'malformed', state: 'degraded', waits: true },
  { what: '401', answer: () => ({ status: 401 }), fault: 'unauthorised', state: 'degraded', waits: false },
  { what: '404', answer: () => ({ status: 404 }), fault: 'not_found', state: 'idle', waits: false },
  { what: '400', answer: () => ({ status: 400 }), fault: 'bad_request', state: 'idle', waits: false },
];
