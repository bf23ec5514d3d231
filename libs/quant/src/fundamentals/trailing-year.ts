/** A reported figure. Times are milliseconds, UTC. */
export interface Fact {
  /** As in company facts of the SEC, e.g. `NetIncomeLoss`. */
  readonly tag: string;
  /** First day of the period; null for a figure of a day, as a balance sheet has. */
  readonly startMs: number | null;
  /** Last day of the period. */
  readonly endMs: number;
  /** From then on it was known. */
  readonly filedMs: number;
  readonly value: number;
}

interface Period extends Fact {
  readonly startMs: number;
}

const DAY = 86_400_000;
const YEAR = 365.25 * DAY;
/** Fiscal years of 52 and 53 weeks move a border by up to a week; ten days tell periods of three months well apart. */
const SLACK = 10 * DAY;

const near = (a: number, b: number): boolean => Math.abs(a - b) <= SLACK;

/** Flow figures of one tag as they were known at a time: of the same period the latest filed counts. */
export class TrailingYear {
  readonly #periods: readonly Period[];

  constructor(facts: readonly Fact[]) {
    this.#periods = facts.filter((fact): fact is Period => fact.startMs !== null);
  }

  /** End of the newest period; undefined without any. */
  get latestEnd(): number | undefined {
    return this.#periods.length === 0 ? undefined : Math.max(...this.#periods.map((period) => period.endMs));
  }

  /**
   * Sum over the year that ends at `endMs`: the annual figure; else the last annual figure plus the year to date less
   * the same part of the year before; else four quarters in a row. Undefined when the reports do not cover it.
   */
  sum(endMs: number): number | undefined {
    return this.#annual(endMs)?.value ?? this.#rolled(endMs) ?? this.#quarters(endMs);
  }

  #find(startMs: number, endMs: number): Period | undefined {
    return this.#periods.find((period) => near(period.startMs, startMs) && near(period.endMs, endMs));
  }

  #annual(endMs: number): Period | undefined {
    return this.#find(endMs - YEAR, endMs);
  }

  #rolled(endMs: number): number | undefined {
    for (const year of this.#periods) {
      if (!near(year.endMs - year.startMs, YEAR) || year.endMs >= endMs || year.endMs <= endMs - YEAR) continue;
      const toDate = this.#find(year.endMs, endMs);
      const before = this.#find(year.startMs, endMs - YEAR);
      if (toDate !== undefined && before !== undefined) return year.value + toDate.value - before.value;
    }
    return undefined;
  }

  #quarters(endMs: number): number | undefined {
    let sum = 0;
    let end = endMs;
    for (let i = 0; i < 4; i++) {
      const quarter = this.#find(end - YEAR / 4, end);
      if (quarter === undefined) return undefined;
      sum += quarter.value;
      end = quarter.startMs;
    }
    return sum;
  }
}

/** What was known at `asOfMs`, the latest filed version of each figure only. */
export function knownFacts(facts: readonly Fact[], asOfMs: number): readonly Fact[] {
  const latest = new Map<string, Fact>();
  for (const fact of facts) {
    if (fact.filedMs > asOfMs) continue;
    const key = `${fact.tag} ${fact.startMs} ${fact.endMs}`;
    const held = latest.get(key);
    if (held === undefined || held.filedMs <= fact.filedMs) latest.set(key, fact);
  }
  return [...latest.values()];
}

/** Figure of a balance sheet: the newest one, or the one nearest to `endMs` within the slack. */
export function balance(facts: readonly Fact[], tag: string, endMs?: number): Fact | undefined {
  const own = facts.filter((fact) => fact.tag === tag && fact.startMs === null && (endMs === undefined || near(fact.endMs, endMs)));
  return own.reduce<Fact | undefined>((best, fact) => (best === undefined || fact.endMs > best.endMs ? fact : best), undefined);
}

export const yearBefore = (endMs: number): number => endMs - YEAR;
