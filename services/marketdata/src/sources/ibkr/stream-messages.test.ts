import { describe, expect, it } from '@jest/globals';
import { snapshotOf } from './snapshot.ts';
import { HEARTBEAT, merged, readStreamMessage, subscribeText, unsubscribeText } from './stream-messages.ts';

describe('the stream', () => {
  it('is spoken to in its short words', () => {
    expect(subscribeText(265598, ['31', '84'])).toBe('smd+265598+{"fields":["31","84"]}');
    expect(unsubscribeText(265598)).toBe('umd+265598+{}');
    expect(HEARTBEAT).toBe('tic');
  });

  it.each<[object, object]>([
    [{ topic: 'smd+265598', conid: 265598, conidEx: '265598', _updated: 7, '31': 'C189.37', server_id: 'q0' }, { topic: 'snapshot', update: { conid: 265598, updatedAt: 7, values: { last_price: 189.37 }, states: { last_price: 'close' } } }],
    [{ topic: 'smd+8', '87': '1.5K' }, { topic: 'snapshot', update: { conid: 8, updatedAt: null, values: { volume: 1500 } } }],
    [{ topic: 'system', hb: 1_700_000_000_000 }, { topic: 'heartbeat', at: 1_700_000_000_000 }],
    [{ topic: 'system', success: 'user' }, { topic: 'session', authenticated: null }],
    [{ topic: 'tic', alive: true }, { topic: 'heartbeat', at: null }],
    [{ topic: 'sts', args: { authenticated: false, message: 'lost' } }, { topic: 'session', authenticated: false, message: 'lost' }],
    [{ message: 'waiting for session' }, { topic: 'session', authenticated: false }],
    [{ error: 'bad topic', code: 3 }, { topic: 'error', message: 'bad topic', code: 3 }],
    [{ topic: 'blt', args: {} }, { topic: 'other', name: 'blt' }],
  ])('says %j', (frame, expected) => {
    expect(readStreamMessage(JSON.stringify(frame))).toMatchObject(expected);
  });

  it('may send nonsense, which is malformed', () => {
    for (const frame of ['', '[]', 'ping', '{"topic":"smd+1","31":"about 5"}', '{"topic":5}']) expect(() => readStreamMessage(frame)).toThrow();
  });

  it('names only what changed: the rest stays, and a price that trades again is no close any more', () => {
    const before = snapshotOf(1, { '31': 'C10', '84': '9.9', '6509': 'RpB', _updated: 1 });
    const after = merged(merged(undefined, before), snapshotOf(1, { '31': '10.1' }));
    expect(after).toMatchObject({ isReady: true, updatedAt: 1, values: { last_price: 10.1, bid_price: 9.9 }, states: {}, availability: { timeliness: 'realtime' } });
    expect(merged(before, snapshotOf(1, { '84': '9.8', _updated: 2 }))).toMatchObject({ updatedAt: 2, values: { last_price: 10, bid_price: 9.8 }, states: { last_price: 'close' } });
  });
});
