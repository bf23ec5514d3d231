import { join } from 'node:path';
import { routesOf, type RequestInfo } from '@nautilus/engine';
import { NotFoundError } from '@nautilus/model';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { companyTickers, filings } from '../../sources/edgar/companies.ts';
import { companyConcept, companyFacts } from '../../sources/edgar/facts.ts';
import { withRecordings } from '../../sources/recorded.ts';
import type { CallOptions } from '../../sources/source.ts';
import { symbol } from '../schemas.ts';
import { asked, sourceAnswerSchema, sourceErrors, sourceQuery } from './source-answer.ts';
import { healthOf, sourceHealthSchema } from './source-health.ts';

const { get } = routesOf<Context>();
const BASE = '/api/v1/edgar';
const common = { response: sourceAnswerSchema, errors: sourceErrors };
const cik = z.string().regex(/^(CIK)?\d{1,10}$/i, 'is no CIK').transform((text) => text.replace(/^CIK/i, '').padStart(10, '0'));
const of = (context: Context) => context.state.sources.of('edgar');
/** For answers: recordings serve while EDGAR cannot be asked. */
const shown = (context: Context) => withRecordings(of(context), join(context.dataDirectory, 'sources', 'edgar'));

const factsQuery = { taxonomy: z.string().regex(/^[\w-]{1,40}$/).default('us-gaap'), tag: z.string().regex(/^\w{1,200}$/).optional().describe('All facts when absent'), ...sourceQuery };
const filingsQuery = { form: z.string().min(1).max(20).optional().describe('10-K, 10-Q, 8-K, …'), ...sourceQuery };

/** Forms that carry what an analyst reads first (17 CFR parts 239, 240, 249). */
const FORMS = [
  { form: '10-K', about: 'annual report' }, { form: '10-Q', about: 'quarterly report' }, { form: '8-K', about: 'current report of an event' },
  { form: '20-F', about: 'annual report of a foreign issuer' }, { form: '6-K', about: 'current report of a foreign issuer' }, { form: 'DEF 14A', about: 'proxy statement' },
  { form: 'S-1', about: 'registration of securities' }, { form: '3', about: 'first holdings of an insider' }, { form: '4', about: 'trade of an insider' },
  { form: 'SC 13D', about: 'more than 5 % with intent' }, { form: 'SC 13G', about: 'more than 5 %, passive' }, { form: '13F-HR', about: 'holdings of a manager' },
];

async function cikOfTicker(context: Context, ticker: string, options: CallOptions): Promise<string> {
  // Share classes are written with a hyphen there.
  const wanted = ticker.replaceAll(/[./]/g, '-');
  const { records } = await shown(context).call(companyTickers, {}, options);
  const id = records.find((company) => company.symbol.toUpperCase() === wanted)?.id;
  if (id === undefined || id === null) throw new NotFoundError('ticker', `no company files under ${ticker}`);
  return id;
}

type Named = (context: Context, options: CallOptions) => string | Promise<string>;
interface Part { readonly limit: number; readonly offset: number }

function factsOf(context: Context, request: RequestInfo, company: Named, { taxonomy, tag, ...part }: Part & { taxonomy: string; tag?: string | undefined }) {
  return asked(request, async (options) => {
    const id = await company(context, options);
    return tag === undefined ? shown(context).call(companyFacts, { cik: id }, options) : shown(context).call(companyConcept, { cik: id, taxonomy, tag }, options);
  }, part);
}

/** Of one form only the recent filings are looked through: they are the last thousand, or a year. */
function filingsOf(context: Context, request: RequestInfo, company: Named, { form, ...part }: Part & { form?: string | undefined }) {
  return asked(request, async (options) => {
    const answer = await shown(context).call(filings, { cik: await company(context, options) }, options);
    return form === undefined ? answer : { ...answer, records: answer.records.filter((filing) => filing.form === form) };
  }, part);
}

export const edgarRoutes = [
  get(`${BASE}/health`, { summary: 'State of SEC EDGAR', response: sourceHealthSchema }, (_input, context) => healthOf(of(context))),

  get(`${BASE}/statistics`, { summary: 'What was asked of EDGAR since the start', response: sourceHealthSchema }, (_input, context) => healthOf(of(context))),

  get(`${BASE}/filing-types`, { summary: 'Forms and what they are', response: z.object({ forms: z.array(z.object({ form: z.string(), about: z.string() })) }) }, () => ({ forms: FORMS })),

  get(`${BASE}/companies/search`, { ...common, summary: 'Companies by ticker or part of their name', query: { q: z.string().min(1), ...sourceQuery } },
    ({ query: { q, ...part }, request }, context) => asked(request, async (options) => {
      const answer = await shown(context).call(companyTickers, {}, options);
      const words = q.toLowerCase();
      return { ...answer, records: answer.records.filter((one) => one.symbol.toLowerCase() === words || (one.name?.toLowerCase().includes(words) ?? false)) };
    }, part)),

  get(`${BASE}/companies/{cik}/facts`, { ...common, summary: 'Facts of a company as filed', params: { cik }, query: factsQuery },
    ({ params, query, request }, context) => factsOf(context, request, () => params.cik, query)),

  get(`${BASE}/companies/{cik}/filings`, { ...common, summary: 'Filings of a company, newest first', params: { cik }, query: filingsQuery },
    ({ params, query, request }, context) => filingsOf(context, request, () => params.cik, query)),

  get(`${BASE}/ticker/{ticker}/resolve`, { ...common, summary: 'The company behind a ticker', params: { ticker: symbol } },
    ({ params, request }, context) => asked(request, async (options) => {
      const id = await cikOfTicker(context, params.ticker, options);
      const answer = await shown(context).call(companyTickers, {}, options);
      return { ...answer, records: answer.records.filter((company) => company.id === id) };
    })),

  get(`${BASE}/ticker/{ticker}/facts`, { ...common, summary: 'Facts of the company behind a ticker', params: { ticker: symbol }, query: factsQuery },
    ({ params, query, request }, context) => factsOf(context, request, (own, options) => cikOfTicker(own, params.ticker, options), query)),

  get(`${BASE}/ticker/{ticker}/filings`, { ...common, summary: 'Filings of the company behind a ticker', params: { ticker: symbol }, query: filingsQuery },
    ({ params, query, request }, context) => filingsOf(context, request, (own, options) => cikOfTicker(own, params.ticker, options), query)),
];
