import { DAY_MS, HOUR_MS } from '../freshness.ts';
import type { ObservationRecord, StatementRecord } from '../records.ts';
import type { Endpoint } from '../source.ts';
import { dateOf, listOf, objectOf, requiredText, textOf, type JsonObject } from '../values.ts';
import { bodyOf, figure, member } from './fields.ts';
import type { SymbolParameters } from './quotes.ts';

/** Members of the overview that are names, dates or prose; all others are figures. */
const TEXTS: ReadonlySet<string> = new Set([
  'Symbol', 'AssetType', 'Name', 'Description', 'CIK', 'Exchange', 'Currency', 'Country', 'Sector', 'Industry', 'Address', 'OfficialSite',
  'FiscalYearEnd', 'LatestQuarter', 'DividendDate', 'ExDividendDate', 'LastSplitFactor', 'LastSplitDate',
]);

/** Company, classification and ratios as they are now. */
export const companyOverview: Endpoint<SymbolParameters, StatementRecord> = {
  name: 'overview',
  freshMs: () => DAY_MS,
  request: ({ symbol }) => ({ path: '/query', query: { function: 'OVERVIEW', symbol } }),
  parse(response, { symbol }) {
    const body = bodyOf(response, symbol);
    return {
      records: [{
        kind: 'statement', symbol: requiredText(body['Symbol'], 'Symbol'), statement: 'overview', period: 'current', date: null,
        currency: textOf(body['Currency'], 'Currency'), values: valuesOf(body, TEXTS, ['Symbol', 'Currency']),
      }],
    };
  },
};

const FUNCTIONS = { income: 'INCOME_STATEMENT', balance: 'BALANCE_SHEET', cash_flow: 'CASH_FLOW' } as const;

export interface StatementParameters extends SymbolParameters {
  readonly statement: keyof typeof FUNCTIONS;
}

/** Reports by year and quarter, oldest first. */
export const companyStatements: Endpoint<StatementParameters, StatementRecord> = {
  name: 'statements',
  freshMs: () => DAY_MS,
  request: ({ symbol, statement }) => ({ path: '/query', query: { function: FUNCTIONS[statement], symbol } }),
  parse(response, { symbol, statement }) {
    const body = bodyOf(response, symbol);
    return { records: [...reportsOf(body, 'annualReports', statement, 'annual'), ...reportsOf(body, 'quarterlyReports', statement, 'quarterly')] };
  },
};

/** Earnings per share as reported, and by quarter what was expected. */
export const companyEarnings: Endpoint<SymbolParameters, StatementRecord> = {
  name: 'earnings',
  freshMs: () => DAY_MS,
  request: ({ symbol }) => ({ path: '/query', query: { function: 'EARNINGS', symbol } }),
  parse(response, { symbol }) {
    const body = bodyOf(response, symbol);
    return { records: [...reportsOf(body, 'annualEarnings', 'earnings', 'annual'), ...reportsOf(body, 'quarterlyEarnings', 'earnings', 'quarterly')] };
  },
};

const REPORT_TEXTS: ReadonlySet<string> = new Set(['reportedDate', 'reportTime']);

function reportsOf(body: JsonObject, name: string, statement: string, period: 'annual' | 'quarterly'): readonly StatementRecord[] {
  const symbol = requiredText(body['symbol'], 'symbol');
  return listOf(body[name], name).map((entry): StatementRecord => {
    const report = objectOf(entry, 'a report');
    return {
      kind: 'statement', symbol, statement, period, date: dateOf(report['fiscalDateEnding'], 'fiscalDateEnding'),
      currency: textOf(report['reportedCurrency'], 'reportedCurrency'), values: valuesOf(report, REPORT_TEXTS, ['fiscalDateEnding', 'reportedCurrency']),
    };
  }).sort((a, b) => ((a.date ?? '') < (b.date ?? '') ? -1 : 1));
}

function valuesOf(fields: JsonObject, texts: ReadonlySet<string>, left: readonly string[]): StatementRecord['values'] {
  const entries = Object.entries(fields).filter(([name]) => !left.includes(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, texts.has(name) ? (value === 'None' ? null : textOf(value, name)) : figure(value, name)]));
}

const RANK = /^Rank [A-Z]: (.+?)(?: Performance)?$/;

/** Returns of the sectors of the S&P 500 over several spans, as fractions; the service has ended this function. */
export const sectorReturns: Endpoint<Readonly<Record<string, never>>, ObservationRecord> = {
  name: 'sector',
  freshMs: () => HOUR_MS,
  request: () => ({ path: '/query', query: { function: 'SECTOR' } }),
  parse(response) {
    const body = bodyOf(response, 'sectors');
    const refreshed = requiredText(member(body, 'Meta Data')['Last Refreshed'], 'Last Refreshed');
    const [, month, day, year] = /(\d{2})\/(\d{2})\/(\d{4})$/.exec(refreshed) ?? [];
    const date = dateOf(`${year}-${month}-${day}`, 'Last Refreshed');
    return {
      records: Object.entries(body).flatMap(([name, sectors]) => {
        const span = RANK.exec(name)?.[1];
        if (span === undefined) return [];
        return Object.entries(objectOf(sectors, name)).map(([sector, value]): ObservationRecord => ({
          kind: 'observation', series: `sector/${sector}/${span}`, date, period: span, value: figure(value, sector), unit: null, knownFrom: date, knownTo: null,
        }));
      }),
    };
  },
};
