import { DAY_MS } from '../freshness.ts';
import { jsonOf } from '../json-body.ts';
import type { FactRecord } from '../records.ts';
import { MalformedError, type Endpoint } from '../source.ts';
import { dateOf, listOf, numberOf, objectOf, requiredText, textOf } from '../values.ts';
import type { CompanyParameters } from './companies.ts';
import { cikOf } from './definition.ts';

/** Every fact that a company ever filed in XBRL, each as often as it was filed. */
export const companyFacts: Endpoint<CompanyParameters, FactRecord> = {
  name: 'company_facts',
  freshMs: () => DAY_MS,
  staleMs: 7 * DAY_MS,
  request: ({ cik }) => ({ path: `/api/xbrl/companyfacts/CIK${cikOf(cik)}.json` }),
  parse(response) {
    const body = objectOf(jsonOf(response), 'the answer');
    const company = cikOf(body['cik']);
    const records: FactRecord[] = [];
    for (const [taxonomy, tags] of Object.entries(objectOf(body['facts'], 'facts'))) {
      for (const [tag, concept] of Object.entries(objectOf(tags, taxonomy))) addFacts(records, company, taxonomy, tag, objectOf(concept, tag)['units']);
    }
    return { records };
  },
};

export interface ConceptParameters extends CompanyParameters {
  readonly taxonomy: string;
  readonly tag: string;
}

/** One tag of a company. */
export const companyConcept: Endpoint<ConceptParameters, FactRecord> = {
  name: 'company_concept',
  freshMs: () => DAY_MS,
  request: ({ cik, taxonomy, tag }) => ({ path: `/api/xbrl/companyconcept/CIK${cikOf(cik)}/${encodeURIComponent(taxonomy)}/${encodeURIComponent(tag)}.json` }),
  parse(response, { taxonomy, tag }) {
    const body = objectOf(jsonOf(response), 'the answer');
    const records: FactRecord[] = [];
    addFacts(records, cikOf(body['cik']), taxonomy, tag, body['units']);
    return { records };
  },
};

function addFacts(records: FactRecord[], company: string, taxonomy: string, tag: string, units: unknown): void {
  for (const [unit, facts] of Object.entries(objectOf(units, `${tag}: units`))) {
    for (const entry of listOf(facts, `${tag}: ${unit}`)) {
      const fact = objectOf(entry, tag);
      const value = numberOf(fact['val'], tag);
      if (value === null) throw new MalformedError(`${tag}: a fact without a value`);
      // Instants have no start.
      const start = fact['start'] === undefined || fact['start'] === null ? null : dateOf(fact['start'], 'start');
      const end = dateOf(fact['end'], 'end');
      records.push({
        kind: 'fact', company, taxonomy, tag, unit, start, end, value, duration: durationOf(start, end),
        fiscalYear: numberOf(fact['fy'], 'fy'), fiscalPeriod: textOf(fact['fp'], 'fp'), form: requiredText(fact['form'], 'form'),
        filed: dateOf(fact['filed'], 'filed'), accession: requiredText(fact['accn'], 'accn'), frame: textOf(fact['frame'], 'frame'),
      });
    }
  }
}

/** Longest and shortest spans in days; fiscal quarters of 12 to 14 weeks and years of 52 or 53 weeks are within. */
const DURATIONS = [['quarter', 80, 100], ['half', 170, 192], ['nine_months', 260, 286], ['year', 350, 380]] as const;

/** By the length of the fact itself: a year's filing also holds the facts of its last quarter. */
export function durationOf(start: string | null, end: string): string {
  if (start === null) return 'instant';
  const days = (Date.parse(end) - Date.parse(start)) / DAY_MS + 1;
  return DURATIONS.find(([, least, most]) => days >= least && days <= most)?.[0] ?? 'other';
}

/** One value per tag, unit and span: the one filed last, by that day if given. What was filed later was not known. */
export function asKnown(facts: readonly FactRecord[], day = '9999-12-31'): readonly FactRecord[] {
  return choose(facts.filter(({ filed }) => filed <= day), (fact, chosen) => later(fact, chosen));
}

/** One value per tag, unit and span: the one filed first, before any restatement. */
export function asFirstFiled(facts: readonly FactRecord[]): readonly FactRecord[] {
  return choose(facts, (fact, chosen) => later(chosen, fact));
}

function later(a: FactRecord, b: FactRecord): boolean {
  return a.filed > b.filed || (a.filed === b.filed && a.accession > b.accession);
}

function choose(facts: readonly FactRecord[], prefers: (fact: FactRecord, chosen: FactRecord) => boolean): readonly FactRecord[] {
  const chosen = new Map<string, FactRecord>();
  for (const fact of facts) {
    const key = `${fact.company}|${fact.taxonomy}|${fact.tag}|${fact.unit}|${fact.start ?? ''}|${fact.end}`;
    const known = chosen.get(key);
    if (known === undefined || prefers(fact, known)) chosen.set(key, fact);
  }
  return [...chosen.values()];
}

export interface FrameRecord {
  readonly kind: 'frame';
  readonly company: string;
  readonly name: string | null;
  readonly tag: string;
  readonly unit: string;
  readonly start: string | null;
  readonly end: string;
  readonly value: number;
  readonly accession: string;
}

export interface FrameParameters {
  readonly taxonomy: string;
  readonly tag: string;
  /** `USD`, `USD-per-shares`. */
  readonly unit: string;
  /** `CY2019`, `CY2019Q1`, `CY2019Q1I` for instants. */
  readonly period: string;
}

/** One tag of all companies over one span. */
export const frames: Endpoint<FrameParameters, FrameRecord> = {
  name: 'frames',
  freshMs: () => DAY_MS,
  request: ({ taxonomy, tag, unit, period }) => ({ path: `/api/xbrl/frames/${[taxonomy, tag, unit, period].map(encodeURIComponent).join('/')}.json` }),
  parse(response, { tag }) {
    const body = objectOf(jsonOf(response), 'the answer');
    const unit = requiredText(body['uom'], 'uom');
    return {
      records: listOf(body['data'], 'data').map((entry): FrameRecord => {
        const fact = objectOf(entry, 'a fact');
        const value = numberOf(fact['val'], 'val');
        if (value === null) throw new MalformedError('a fact without a value');
        return {
          kind: 'frame', company: cikOf(fact['cik']), name: textOf(fact['entityName'], 'entityName'), tag, unit,
          start: fact['start'] === undefined ? null : dateOf(fact['start'], 'start'), end: dateOf(fact['end'], 'end'), value, accession: requiredText(fact['accn'], 'accn'),
        };
      }),
    };
  },
};
