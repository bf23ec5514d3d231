import { readStatement, type Fact, type Statement } from '@nautilus/quant';

/** Reports of thirty years with some hundred figures each; the oldest leave first. */
const MOST_FACTS = 50_000;

export interface FilingsState {
  readonly facts: readonly Fact[];
  readonly sources: readonly string[];
}

/** The reported figures of one company, and what they said at a time. */
export class Filings {
  #facts: readonly Fact[] = [];
  #sources: readonly string[] = [];
  #read: { readonly facts: readonly Fact[]; readonly from: number; readonly until: number; readonly statement: Statement } | undefined;

  /** Repeated facts are harmless: of the same period the latest filed counts. */
  add(facts: readonly Fact[], ...sources: string[]): void {
    const key = (fact: Fact): string => `${fact.tag} ${fact.startMs} ${fact.endMs} ${fact.filedMs}`;
    const merged = new Map([...this.#facts, ...facts].map((fact) => [key(fact), fact]));
    this.#facts = [...merged.values()].sort((a, b) => a.filedMs - b.filedMs).slice(-MOST_FACTS);
    this.#sources = [...new Set([...this.#sources, ...sources])];
  }

  snapshot(): FilingsState {
    return { facts: this.#facts, sources: this.#sources };
  }

  get sources(): readonly string[] {
    return this.#sources;
  }

  /** Read anew only when a filing lies between the time asked last and this one. */
  statement(asOfMs: number): Statement {
    const held = this.#read;
    if (held !== undefined && held.facts === this.#facts && asOfMs >= held.from && asOfMs < held.until) return held.statement;
    const statement = readStatement(this.#facts, asOfMs);
    const from = this.#facts.reduce((latest, fact) => (fact.filedMs <= asOfMs ? Math.max(latest, fact.filedMs) : latest), -Infinity);
    const until = this.#facts.reduce((next, fact) => (fact.filedMs > asOfMs ? Math.min(next, fact.filedMs) : next), Infinity);
    this.#read = { facts: this.#facts, from, until, statement };
    return statement;
  }
}
