import { expect, it } from '@jest/globals';
import type { z } from 'zod';
import { barSchema, quoteSchema, tradeSchema } from '@nautilus/model';

/** Fields of the market data payloads as clients know them. A renamed field breaks them. */
const EVENT = 'symbol venue ts_event_ns ts_ingest_ns seq source provenance run_id';
const GOLDEN: readonly (readonly [string, z.ZodObject, string])[] = [
  ['market_data.tick', tradeSchema, `${EVENT} price size exchange condition suspicious`],
  ['market_data.quote', quoteSchema, `${EVENT} bid bid_size ask ask_size exchange condition suspicious`],
  ['market_data.bar', barSchema, 'symbol venue timeframe start_ms end_ms open high low close volume trade_count vwap is_final revision source provenance run_id'],
];

it.each(GOLDEN)('%s has exactly the promised fields', (_, schema, fields) => {
  expect(Object.keys(schema.shape).sort()).toEqual(fields.split(' ').sort());
});
