import { readFileSync } from 'node:fs';
import { deflateRawSync, crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import type { RecordedChange } from '../book-change.ts';
import { readLevel2 } from './read-level2.ts';

const text = (content: string, file = 'f.csv'): readonly RecordedChange[] => readLevel2(Buffer.from(content), file);

/** An archive with one deflated file. */
function zip(content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const local = Buffer.alloc(31);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(1, 26);
  const entry = Buffer.alloc(47);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(crc32(content), 16);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(content.length, 24);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(local.length + packed.length, 16);
  return Buffer.concat([local, packed, entry, end]);
}

describe('recorded level-2 formats', () => {
  it('Binance: rows with the same ids are one message', () => {
    const changes = text(['symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu', 'X,5,7,7,b,snap,10.5,2,-1', 'X,5,7,7,a,snap,11,3,-1', 'X,6,8,9,b,set,10.5,0,7', 'X,7,10,10,b,set,10,1,9'].join('\n'));
    expect(changes).toEqual([
      { symbol: 'X', timeMs: 5, isSnapshot: true, first: 7, last: 7, previous: null, bids: [{ price: 10.5, size: 2 }], asks: [{ price: 11, size: 3 }], allowGap: false },
      { symbol: 'X', timeMs: 6, isSnapshot: false, first: 8, last: 9, previous: 7, bids: [{ price: 10.5, size: 0 }], asks: [], allowGap: false },
      { symbol: 'X', timeMs: 7, isSnapshot: false, first: 10, last: 10, previous: 9, bids: [{ price: 10, size: 1 }], asks: [], allowGap: false },
    ]);
  });

  it('Tardis: all rows of a snapshot are one book, and changes are told apart by their arrival', () => {
    const row = (arrived: number, snapshot: boolean, side: string, price: number, amount: number): string => `deribit,X,1000,${arrived},${snapshot},${side},${price},${amount}`;
    const changes = text(['exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount', row(1, true, 'ask', 11, 1), row(2, true, 'bid', 10, 2), row(3, false, 'bid', 10, 0), row(3, false, 'bid', 9, 1), row(4, false, 'ask', 11, 5)].join('\n'));
    expect(changes.map(({ isSnapshot, last, bids, asks }) => [isSnapshot, last, bids.length, asks.length])).toEqual([[true, 1, 1, 1], [false, 2, 2, 0], [false, 3, 0, 1]]);
    expect(changes[0]?.timeMs).toBe(1);
  });

  it('Bybit: a line is a message, also from an archive', () => {
    const line = JSON.stringify({ topic: 'orderbook.500.X', type: 'delta', ts: 4, data: { s: 'X', b: [['1.5', '0']], a: [], u: 3, seq: 9 }, cts: 3 });
    const expected = [{ symbol: 'X', timeMs: 4, isSnapshot: false, first: 3, last: 3, previous: null, bids: [{ price: 1.5, size: 0 }], asks: [], allowGap: false }];
    expect(text(line)).toEqual(expected);
    expect(readLevel2(zip(Buffer.from(line)), 'f.zip')).toEqual(expected);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['an unknown header', () => text('a,b\n1,2'), /f\.csv: neither/],
    ['a short line', () => text('symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu\nX,1'), /f\.csv:2: 2 fields instead of 9/],
    ['no number', () => text('symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu\nX,5,7,7,b,snap,ten,2,-1'), /f\.csv:2: price: "ten"/],
    ['a broken line', () => text('{"topic":1}'), /f\.csv:1/],
    ['no archive', () => readLevel2(Buffer.from('x'), 'f.zip'), /f\.zip/],
    ['a damaged archive', () => { const bytes = zip(Buffer.from('{}')); bytes[32] = (bytes[32] ?? 0) ^ 0xff; return readLevel2(bytes, 'f.zip'); }, /f\.zip: the archive is damaged/],
  ])('%s is refused with its place', (_what, read, message) => {
    expect(read).toThrow(message);
  });
});

describeWithSharedData('recorded files', () => {
  const read = (name: string): readonly RecordedChange[] => readLevel2(readFileSync(sharedData(`market/orderbook/${name}`)), name);

  it('the snapshots of 5 levels are the top of those of 25 at equal times', () => {
    const [small, large] = ['5', '25'].map((depth) => read(`tardis_binance-futures_book_snapshot_${depth}_BTCUSDT.csv`)) as [readonly RecordedChange[], readonly RecordedChange[]];
    const byTime = new Map(large.map((change) => [change.timeMs, change]));
    const common = small.filter(({ timeMs }) => byTime.has(timeMs));
    expect(common.length).toBeGreaterThan(0);
    for (const { timeMs, bids, asks } of common) {
      expect([bids.length, asks.length]).toEqual([5, 5]);
      expect({ bids, asks }).toEqual({ bids: byTime.get(timeMs)?.bids.slice(0, 5), asks: byTime.get(timeMs)?.asks.slice(0, 5) });
    }
  });

  it('are read as the messages that they hold', () => {
    expect(read('binance_btcusdt-depth-update.csv').map(({ first, last, previous }) => [first, last, previous])).toEqual([[2_098_041_693_435, 2_098_041_696_700, 2_098_041_693_400]]);
    expect(read('tardis_deribit_incremental_book_L2_BTC-PERPETUAL.csv')).toMatchObject([{ isSnapshot: true, timeMs: 1_585_699_200_245, bids: [], asks: { length: 15 } }]);
    const bybit = read('bybit_xrpusdt-ob500.data.zip');
    expect([bybit.length, bybit.filter(({ isSnapshot }) => isSnapshot).length]).toEqual([50, 1]);
    expect(bybit.every(({ last }, i) => i === 0 || last === (bybit[i - 1]?.last ?? 0) + 1)).toBe(true);
  });
});
