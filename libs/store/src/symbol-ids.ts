import type { Sql } from './driver.ts';

/** All instruments of a symbol, at whatever venue. Asked each time: another process may have registered one. */
export async function symbolIds(sql: Sql, symbol: string): Promise<number[]> {
  const rows = await sql.query<[number]>('select id from instruments where symbol = $1 order by id', [symbol]);
  return rows.map(([id]) => id);
}
