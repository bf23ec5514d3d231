import { describe, expect, it } from '@jest/globals';
import { readActivity, readAlerts, readBuckets, readOpenBucket } from './vpin-stream.ts';

const nonsense = [null, undefined, 3, 'x', [], {}];

describe('the VPIN stream of a symbol', () => {
  it('tells how far the open bucket is', () => {
    const told = { bucket_id: 9, start_time: '2013-10-10T14:29:30.147Z', target_volume: 1000, buy_volume: 300, sell_volume: 200, filled_ratio: 0.5, closed_buckets: 8, series: 'T60' };
    expect(readOpenBucket(told)).toEqual({ id: 9, startMs: Date.UTC(2013, 9, 10, 14, 29, 30, 147), target: 1000, buy: 300, sell: 200, filled: 0.5, closed: 8, series: 'T60' });
    expect(readOpenBucket({ ...told, start_time: null })).toMatchObject({ startMs: null });
    for (const other of [...nonsense, { ...told, buy_volume: null }]) expect(readOpenBucket(other)).toBeUndefined();
  });

  it('gives closed buckets by time with their parameters, and leaves out what has no time', () => {
    const item = (timestamp: string) => ({ symbol: 'IBM', timestamp, start_time: '2013-10-10T14:00:00Z', vpin_value: null, volume_bucket: { bucket_id: 1, target_volume: 10, buy_volume: 4, sell_volume: 6, order_imbalance: 2 }, series: 'V10', parameters: { sampleLength: 50, smartSizing: true, odd: {} } });
    const read = readBuckets({ items: [item('2013-10-10T15:00:00Z'), item('2013-10-10T14:30:00Z'), item('later')] });
    expect(read?.map(({ atMs }) => new Date(atMs).getUTCHours())).toEqual([14, 15]);
    expect(read?.[0]).toMatchObject({ value: null, warmingUp: true, series: 'V10', parameters: [['sampleLength', 50], ['smartSizing', true]], bucket: { id: '1', buy: 4, sell: 6 }, startMs: Date.UTC(2013, 9, 10, 14) });
    for (const other of nonsense) expect(readBuckets(other)).toBeUndefined();
  });

  it('lists alerts newest first, with the one that stands', () => {
    const alert = (id: string, timestamp: string, cleared: boolean) => ({ id, timestamp, severity: 'HIGH', percentile: 0.95, vpin_value: 0.4, cleared });
    const read = readAlerts({ standing: 'HIGH', thresholds: { HIGH: 0.9 }, items: [alert('a', '2013-10-10T14:00:00Z', false), alert('b', '2013-10-10T15:00:00Z', true), {}] });
    expect(read).toMatchObject({ standing: 'HIGH', thresholds: [['HIGH', 0.9]], items: [{ id: 'b', cleared: true }, { id: 'a', cleared: false, percentile: 0.95, vpin: 0.4 }] });
    for (const other of nonsense) expect(readAlerts(other)).toBeUndefined();
  });

  it('counts trades by what became of them', () => {
    expect(readActivity({ series: 'V10', trades: { accepted: 4, late: 0 } })).toEqual({ series: 'V10', trades: [['accepted', 4], ['late', 0]] });
    for (const other of nonsense) expect(readActivity(other)).toBeUndefined();
  });
});
