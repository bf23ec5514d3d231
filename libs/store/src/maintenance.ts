import type { EpochMs } from '@nautilus/model';
import type { Driver } from './driver.ts';
import { applyRetention } from './retention.ts';
import { rollUpBars } from './roll-up.ts';
import type { Maintenance, StoreAmbient, StoreOffers } from './store.ts';
import { textArray, timeOf, toMicros } from './table.ts';

export class SqlMaintenance implements Maintenance {
  readonly #driver: Driver;
  readonly #offers: () => Promise<StoreOffers>;
  readonly #ambient: StoreAmbient;

  constructor(driver: Driver, offers: () => Promise<StoreOffers>, ambient: StoreAmbient) {
    this.#driver = driver;
    this.#offers = offers;
    this.#ambient = ambient;
  }

  async applyRetention(now: EpochMs): Promise<Readonly<Record<string, number>>> {
    return applyRetention(this.#driver, now, (await this.#offers()).timescale !== 'none');
  }

  rollUpBars(): Promise<number> {
    return rollUpBars(this.#driver);
  }

  async markProcessed(engine: string, messageIds: readonly string[], expires: EpochMs): Promise<readonly string[]> {
    if (messageIds.length === 0) return [];
    const marked = await this.#driver.query<[string]>(
      `insert into processed_messages as t (engine, message_id, expires_at)
       select $1, id, ${timeOf('$3::int8')} from (select distinct id from unnest($2::text[]) as u (id)) as ids order by id
       on conflict (engine, message_id) do update set expires_at = excluded.expires_at where t.expires_at <= ${timeOf('$4::int8')}
       returning message_id`,
      [engine, textArray(messageIds), toMicros(expires), toMicros(this.#ambient.now())],
    );
    const fresh = new Set(marked.map(([id]) => id));
    return messageIds.filter((id) => !fresh.has(id));
  }
}
