import { DAY_MS, HOUR_MS } from '../freshness.ts';
import { jsonOf } from '../json-body.ts';
import type { FilingRecord, InstrumentRecord, StatementRecord } from '../records.ts';
import { MalformedError, type Endpoint } from '../source.ts';
import { dateOf, listOf, numberOf, objectOf, requiredText, textOf, type JsonObject } from '../values.ts';
import { cikOf } from './definition.ts';

/** Every ticker with its company; several tickers may have one CIK. */
export const companyTickers: Endpoint<Readonly<Record<string, never>>, InstrumentRecord> = {
  name: 'company_tickers',
  freshMs: () => DAY_MS,
  staleMs: 7 * DAY_MS,
  request: () => ({ host: 'www', path: '/files/company_tickers.json' }),
  // An object whose names are the indices of a list.
  parse: (response) => ({
    records: Object.values(objectOf(jsonOf(response), 'the answer')).map((value): InstrumentRecord => {
      const row = objectOf(value, 'a company');
      return {
        kind: 'instrument', symbol: requiredText(row['ticker'], 'ticker'), name: textOf(row['title'], 'title'), type: null, venue: null, region: null, currency: null, id: cikOf(row['cik_str']),
      };
    }),
  }),
};

export interface CompanyParameters {
  /** Any form of the CIK. */
  readonly cik: string;
}

/** Name, industry, places and tickers of a company. */
export const companyProfile: Endpoint<CompanyParameters, StatementRecord> = {
  name: 'company',
  freshMs: () => DAY_MS,
  request: ({ cik }) => ({ path: `/submissions/CIK${cikOf(cik)}.json` }),
  parse(response) {
    const body = objectOf(jsonOf(response), 'the answer');
    const texts = (name: string): string => listOf(body[name], name).map((item) => requiredText(item, name)).join(',');
    const text = (name: string): string | null => textOf(body[name], name);
    return {
      records: [{
        kind: 'statement', symbol: listOf(body['tickers'], 'tickers').map(String)[0] ?? cikOf(body['cik']), statement: 'profile', period: 'current', date: null, currency: null,
        values: {
          cik: cikOf(body['cik']), name: requiredText(body['name'], 'name'), entity_type: text('entityType'), sic: text('sic'), industry: text('sicDescription'),
          category: text('category'), fiscal_year_end: text('fiscalYearEnd'), state: text('stateOfIncorporation'), tickers: texts('tickers'), exchanges: texts('exchanges'),
        },
      }],
    };
  },
};

export interface FilingsParameters extends CompanyParameters {
  /** A file of older filings, and those that follow it; set by the pages themselves. */
  readonly file?: string;
  readonly rest?: readonly string[];
}

/** Filings, newest first: about a thousand recent ones, then the older ones by file. */
export const filings: Endpoint<FilingsParameters, FilingRecord> = {
  name: 'filings',
  freshMs: ({ file }) => (file === undefined ? HOUR_MS / 6 : DAY_MS),
  staleMs: DAY_MS,
  request: ({ cik, file }) => ({ path: `/submissions/${file ?? `CIK${cikOf(cik)}.json`}` }),
  parse(response, { cik, file, rest = [] }) {
    const body = objectOf(jsonOf(response), 'the answer');
    const company = cikOf(cik);
    const followUp = (files: readonly string[]) => (files[0] === undefined ? {} : { next: { cik, file: files[0], rest: files.slice(1) } });
    if (file !== undefined) return { records: rowsOf(body, company), ...followUp(rest) };
    const all = objectOf(body['filings'], 'filings');
    const older = listOf(all['files'] ?? [], 'files').map((entry) => fileName(objectOf(entry, 'a file')['name']));
    return { records: rowsOf(objectOf(all['recent'], 'recent'), company), ...followUp(older) };
  },
};

/** A plain name: it becomes part of the next address. */
function fileName(value: unknown): string {
  const name = requiredText(value, 'name');
  if (!/^[\w-]+\.json$/.test(name)) throw new MalformedError(`no file name: ${name}`);
  return name;
}

/** Columns of equal length become rows. */
function rowsOf(columns: JsonObject, company: string): readonly FilingRecord[] {
  const column = (name: string): readonly unknown[] => listOf(columns[name], name);
  const accessions = column('accessionNumber');
  const [forms, filed, reported, accepted, documents, descriptions, sizes, xbrl] = [
    'form', 'filingDate', 'reportDate', 'acceptanceDateTime', 'primaryDocument', 'primaryDocDescription', 'size', 'isXBRL',
  ].map((name) => {
    const values = column(name);
    if (values.length !== accessions.length) throw new MalformedError(`${name}: ${values.length} values for ${accessions.length} filings`);
    return values;
  }) as [readonly unknown[], readonly unknown[], readonly unknown[], readonly unknown[], readonly unknown[], readonly unknown[], readonly unknown[], readonly unknown[]];
  return accessions.map((accession, row): FilingRecord => {
    const reportDate = textOf(reported[row], 'reportDate');
    const flag = numberOf(xbrl[row], 'isXBRL');
    return {
      kind: 'filing', company, accession: requiredText(accession, 'accessionNumber'), form: requiredText(forms[row], 'form'), filed: dateOf(filed[row], 'filingDate'),
      reportDate: reportDate === null ? null : dateOf(reportDate, 'reportDate'), acceptedAt: timeOf(textOf(accepted[row], 'acceptanceDateTime')),
      document: textOf(documents[row], 'primaryDocument'), description: textOf(descriptions[row], 'primaryDocDescription'), sizeBytes: numberOf(sizes[row], 'size'),
      isXbrl: flag === null ? null : flag === 1,
    };
  });
}

function timeOf(text: string | null): number | null {
  if (text === null) return null;
  const time = /(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw new MalformedError(`acceptanceDateTime is no time: ${text}`);
  return time;
}

export interface FilingFileRecord {
  readonly kind: 'file';
  readonly name: string;
  readonly sizeBytes: number | null;
  /** As the service writes it, on its own wall clock. */
  readonly modified: string | null;
}

/** The files of one filing. */
export const filingFiles: Endpoint<CompanyParameters & { readonly accession: string }, FilingFileRecord> = {
  name: 'filing_files',
  freshMs: () => DAY_MS,
  request: ({ cik, accession }) => ({ host: 'www', path: `/Archives/edgar/data/${Number(cikOf(cik))}/${accession.replaceAll('-', '')}/index.json` }),
  parse: (response) => ({
    records: listOf(objectOf(objectOf(jsonOf(response), 'the answer')['directory'], 'directory')['item'], 'item').map((value): FilingFileRecord => {
      const item = objectOf(value, 'a file');
      return { kind: 'file', name: requiredText(item['name'], 'name'), sizeBytes: numberOf(item['size'], 'size'), modified: textOf(item['last-modified'], 'last-modified') };
    }),
  }),
};
