import { VPIN_STREAM_DEFAULTS, VpinBook } from '@nautilus/quant';
import type { Trade } from '@nautilus/model';
import { Redis } from 'ioredis';

const GROUP = 'plain';
const PARAMETERS = VPIN_STREAM_DEFAULTS;

export interface PlainResult {
  readonly cpuMicros: number;
  readonly buckets: number;
}

/**
 * The control: a process that reads an entry of JSON per trade, 200 at a time, and gives each to the same VPIN. Told by IPC
 * how many to expect, it answers when it has them.
 */
async function serve(port: number, stream: string): Promise<void> {
  const [reader, settle] = [new Redis(port, '127.0.0.1'), new Redis(port, '127.0.0.1')];
  await settle.xgroup('CREATE', stream, GROUP, '$', 'MKSTREAM');
  let cpu = process.cpuUsage();
  let book = new VpinBook(PARAMETERS);
  let missing = 0;
  let buckets = 0;
  process.on('message', (expected: number) => {
    [cpu, book, missing, buckets] = [process.cpuUsage(), new VpinBook(PARAMETERS), expected, 0];
    process.send?.('expecting');
  });
  process.send?.('ready');
  for (;;) {
    const answer = (await reader.xreadgroup('GROUP', GROUP, 'c', 'COUNT', 200, 'BLOCK', 1_000, 'STREAMS', stream, '>')) as [string, [string, string[]][]][] | null;
    const entries = answer?.[0]?.[1] ?? [];
    for (const [, fields] of entries) {
      const trade = JSON.parse(fields[1] ?? '') as Omit<Trade, 'ts_event_ns'> & { readonly ts_event_ns: string };
      buckets += book.take({ ...trade, ts_event_ns: BigInt(trade.ts_event_ns) as Trade['ts_event_ns'] })?.closed.length ?? 0;
    }
    if (entries.length === 0) continue;
    void settle.xack(stream, GROUP, ...entries.map(([id]) => id));
    missing -= entries.length;
    if (missing > 0) continue;
    const { user, system } = process.cpuUsage(cpu);
    process.send?.({ cpuMicros: user + system, buckets } satisfies PlainResult);
  }
}

const [, , port, stream = ''] = process.argv;
await serve(Number(port), stream);
