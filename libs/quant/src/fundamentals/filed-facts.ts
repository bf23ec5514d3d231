import { InvalidInputError, type EpochMs } from '@nautilus/model';

export type FundamentalConcept = 'eps_diluted' | 'net_income' | 'revenue' | 'equity' | 'debt' | 'shares_outstanding';

/** One number of one filing, as XBRL gives it. */
export interface FiledFact {
  readonly concept: FundamentalConcept;
  /** First day of the period; null for a balance, which holds at `endMs`. */
  readonly startMs: EpochMs | null;
  /** Last day of the period. */
  readonly endMs: EpochMs;
  /** When the public could first read it. */
  readonly filedMs: EpochMs;
  readonly value: number;
}

/** A number and the end of the period that it describes. */
export interface DatedValue {
  readonly endMs: EpochMs;
  readonly value: number;
}

interface Flow extends DatedValue {
  readonly startMs: EpochMs;
}

const DAY_MS = 86_400_000;
/** Fiscal quarters and years end on week days in some calendars, so their lengths vary by days. */
const SLACK_DAYS = 10;
const QUARTER_DAYS = 91;
const YEAR_DAYS = 365;

/**
 * What was known of one concept at `asOfMs`: per period the version filed last, and nothing filed later.
 * @throws InvalidInputError for values and times that are not finite.
 */
function known(facts: readonly FiledFact[], concept: FundamentalConcept, asOfMs: EpochMs): readonly FiledFact[] {
  const latest = new Map<string, FiledFact>();
  facts.forEach((fact, i) => {
    if (fact.concept !== concept) return;
    if (![fact.value, fact.endMs, fact.filedMs, fact.startMs ?? 0].every(Number.isFinite)) {
      throw new InvalidInputError([{ path: `facts.${i}`, message: 'value and times must be finite' }]);
    }
    if (fact.filedMs > asOfMs) return;
    const period = `${fact.startMs}/${fact.endMs}`;
    const other = latest.get(period);
    if (other === undefined || fact.filedMs >= other.filedMs) latest.set(period, fact);
  });
  return [...latest.values()];
}

/** Latest balance known at `asOfMs`. */
export function balance(facts: readonly FiledFact[], concept: FundamentalConcept, asOfMs: EpochMs): DatedValue | undefined {
  return known(facts, concept, asOfMs)
    .filter((fact) => fact.startMs === null)
    .reduce<FiledFact | undefined>((best, fact) => (best === undefined || fact.endMs > best.endMs ? fact : best), undefined);
}

/** The balance that holds about a year before `endMs`. */
export function balanceYearBefore(facts: readonly FiledFact[], concept: FundamentalConcept, asOfMs: EpochMs, endMs: EpochMs): DatedValue | undefined {
  return known(facts, concept, asOfMs).find((fact) => fact.startMs === null && near(days(fact.endMs, endMs), YEAR_DAYS));
}

/**
 * Sum over the twelve months that end with the latest period known at `asOfMs`, or with the one `yearsBack` earlier.
 * Four adjoining quarters are added; a year's own figure serves when its quarters are not all known. Quarters that
 * were never filed, above all the fourth, are the cumulative figure less what came before. Undefined when neither
 * can be had: an older sum is not passed off as the present one.
 */
export function trailingYear(facts: readonly FiledFact[], concept: FundamentalConcept, asOfMs: EpochMs, yearsBack: 0 | 1 = 0): DatedValue | undefined {
  const flows = known(facts, concept, asOfMs).flatMap((fact): Flow[] => (fact.startMs === null ? [] : [{ startMs: fact.startMs, endMs: fact.endMs, value: fact.value }]));
  const quarters = quartersOf(flows);
  const years = flows.filter((flow) => near(length(flow), YEAR_DAYS));
  const ends = [...quarters, ...years].map((flow) => flow.endMs);
  const latest = Math.max(...ends);
  const endMs = yearsBack === 0 ? latest : ends.find((end) => near(days(end, latest), YEAR_DAYS));
  if (endMs === undefined || endMs === -Infinity) return undefined;
  return fourQuarters(quarters, endMs) ?? years.find((flow) => flow.endMs === endMs);
}

function fourQuarters(quarters: readonly Flow[], endMs: EpochMs): DatedValue | undefined {
  let quarter = quarters.find((flow) => flow.endMs === endMs);
  let value = 0;
  for (let i = 0; i < 4; i++) {
    if (quarter === undefined) return undefined;
    value += quarter.value;
    const { startMs } = quarter;
    quarter = quarters.find((flow) => Math.abs(days(flow.endMs, startMs)) <= SLACK_DAYS);
  }
  return { endMs, value };
}

function quartersOf(flows: readonly Flow[]): readonly Flow[] {
  const quarters = flows.filter((flow) => near(length(flow), QUARTER_DAYS));
  const cumulative = flows.filter((flow) => length(flow) > QUARTER_DAYS + SLACK_DAYS).sort((a, b) => length(a) - length(b));
  for (const flow of cumulative) {
    if (quarters.some((quarter) => quarter.endMs === flow.endMs)) continue;
    const before = flows.find((other) => other.startMs === flow.startMs && near(days(other.endMs, flow.endMs), QUARTER_DAYS)) ?? together(quarters, flow);
    if (before !== undefined) quarters.push({ startMs: before.endMs + DAY_MS, endMs: flow.endMs, value: flow.value - before.value });
  }
  return quarters;
}

/** The quarters inside `flow` as one, when they are all but the last of it. */
function together(quarters: readonly Flow[], flow: Flow): Flow | undefined {
  const inside = quarters.filter((quarter) => quarter.startMs >= flow.startMs && quarter.endMs < flow.endMs);
  if (inside.length === 0 || inside.length !== Math.round(length(flow) / QUARTER_DAYS) - 1) return undefined;
  return { startMs: flow.startMs, endMs: Math.max(...inside.map((quarter) => quarter.endMs)), value: inside.reduce((sum, quarter) => sum + quarter.value, 0) };
}

function days(fromMs: EpochMs, toMs: EpochMs): number {
  return (toMs - fromMs) / DAY_MS;
}

function length(flow: Flow): number {
  return days(flow.startMs, flow.endMs) + 1;
}

function near(value: number, wanted: number): boolean {
  return Math.abs(value - wanted) <= SLACK_DAYS;
}
