import type { Sql } from './driver.ts';
import { textArray } from './table.ts';

/** Rows of calculated results carry no venue. */
export interface InstrumentKey {
  readonly symbol: string;
  readonly venue?: string;
}

/**
 * Numbers of instruments by symbol and venue, remembered. An instrument that is not there yet is registered.
 * A key without a venue means the symbol's first instrument: numbers only grow, so that stays the same one.
 */
export class InstrumentIds {
  #known = new Map<string, number>();

  /** After a lost connection the server may come back with other data. */
  forget(): void {
    this.#known = new Map();
  }

  /** One number per row, in order. */
  async of(sql: Sql, rows: readonly InstrumentKey[]): Promise<number[]> {
    const known = this.#known;
    const missing = new Map<string, InstrumentKey>();
    const ids = rows.map((row) => {
      const id = known.get(nameOf(row));
      if (id === undefined) missing.set(nameOf(row), row);
      return id ?? 0;
    });
    if (missing.size === 0) return ids;
    const all = [...missing.values()];
    await learn(sql, known, all, false);
    const unknown = all.filter((row) => !known.has(nameOf(row)));
    if (unknown.length > 0) await learn(sql, known, unknown, true);
    return rows.map((row) => known.get(nameOf(row)) as number);
  }
}

async function learn(sql: Sql, known: Map<string, number>, keys: readonly InstrumentKey[], register: boolean): Promise<void> {
  const symbols = textArray(keys.map((key) => key.symbol));
  const venues = textArray(keys.map((key) => key.venue ?? ''));
  if (register) {
    await sql.query(
      'insert into instruments (symbol, venue) select distinct * from unnest($1::text[], $2::text[]) order by 1, 2 on conflict do nothing',
      [symbols, venues],
    );
  }
  const found = await sql.query<[string, string, number]>(
    'select symbol, venue, id from instruments where symbol = any($1::text[]) order by id desc',
    [symbols],
  );
  const wanted = new Set(keys.map(nameOf));
  for (const [symbol, venue, id] of found) {
    // In descending order the symbol's first instrument is set last.
    for (const name of [nameOf({ symbol, venue }), nameOf({ symbol })]) if (wanted.has(name)) known.set(name, id);
  }
}

function nameOf(key: InstrumentKey): string {
  return key.venue === undefined ? key.symbol : `${key.symbol}\u0000${key.venue}`;
}
