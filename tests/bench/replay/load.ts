import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { nsFromMs, topics, type Message, type Trade } from '@nautilus/model';
import { encodeEntry } from '../../../libs/bus/src/redis/codec.ts';
import { Keys } from '../../../libs/bus/src/redis/keys.ts';
import { createIds, systemClock } from '../../../libs/engine/src/ambient.ts';
import { Library } from '../../../services/marketdata/src/recordings/library.ts';

export const SYMBOLS = ['AIG', 'IBM'];
const DAYS = ['2013-10-08', '2013-10-09'];
export const RANGE = { from: '2013-10-08T04:00:00Z', to: '2013-10-10T03:59:59Z' };
/** As many as the bus puts into one entry. */
const PER_ENTRY = 50;
const PER_PIPELINE = 50;
export const LANE = new Keys('marketdata', '').lane('NORMAL', '');

/** All recorded trades of the two days, in the order in which the replay sends them. */
export async function recordedTrades(): Promise<readonly Trade[]> {
  const library = await Library.open(fileURLToPath(new URL('../../../data', import.meta.url)), ({ message }) => { throw new Error(message); });
  const trades: Trade[] = [];
  for (const plan of library.sessions(SYMBOLS).filter(({ date }) => DAYS.includes(date))) {
    const merged = await library.merged(plan);
    for (let at = 0; at < merged.times.length; at += 1) {
      const item = merged.make(at, { runId: '', ingestNs: nsFromMs(0) });
      if (item.type === 'trade') trades.push(item.event);
    }
  }
  return trades;
}

/** The trades as entries of the market data bus, byte for byte as the bus client of a publisher writes them. */
export function entriesOf(trades: readonly Trade[], runId: string): readonly Buffer[] {
  const newId = createIds(systemClock.now);
  const messageOf = (trade: Trade): Message => ({
    message_id: newId(), message_type: 'market_data', topic: topics.marketData.tick.of(trade.symbol), priority: 'NORMAL',
    source_engine: 'marketdata', source_instance: 'marketdata:bench', target_engines: [], payload: { ...trade, run_id: runId },
    timestamp: systemClock.now(), expiry_timestamp: null, processing_deadline: null, correlation_id: null, reply_to: null, version: 1,
    routing_history: [], processing_time_ms: null, provenance: 'replay', mirrored_from: null, replayed: false, traceparent: null,
  });
  return chunks(trades, PER_ENTRY).map((some) => encodeEntry(some.map(messageOf)));
}

export function jsonOf(trades: readonly Trade[], runId: string): readonly string[] {
  return trades.map((trade) => JSON.stringify({ ...trade, run_id: runId }, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)));
}

export async function write(redis: Redis, stream: string, entries: readonly (Buffer | string)[]): Promise<void> {
  for (const some of chunks(entries, PER_PIPELINE)) {
    const pipeline = redis.pipeline();
    for (const entry of some) pipeline.xadd(stream, '*', 'd', entry);
    await pipeline.exec();
  }
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
