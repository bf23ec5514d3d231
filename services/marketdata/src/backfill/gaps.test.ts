import { describe, expect, it } from '@jest/globals';
import { gapsOf, reasonsIn } from './gaps.ts';
import { BarStarts, type Day, type Range } from './plan.ts';
import type { GapReason } from './record.ts';

const at = (time: string): number => Date.parse(`2022-12-21T${time}:00Z`);
const day: Day = { date: '2022-12-21', opensAtMs: at('14:30'), closesAtMs: at('21:00'), isKnown: true };
const starts = new BarStarts([{ start_ms: at('17:00') }]);
const gap = (from: string, to: string, bars: number, reason: GapReason) => ({ from: `2022-12-21T${from}:00.000Z`, to: `2022-12-21T${to}:00.000Z`, bars, reason });
const bar = (from: string): Range => ({ from: at(from), to: at(from) + 3_600_000 });

describe('gaps of a day', () => {
  const refused = new Set([at('16:00'), at('18:00'), at('19:00')]);
  const gaps = gapsOf([day], '1h', starts, ({ from }) => (refused.has(from) ? 'refused' : 'not_at_source'));

  it('end where the reason changes and where a bar is', () => {
    expect(gaps).toEqual([gap('15:00', '16:00', 1, 'not_at_source'), gap('16:00', '17:00', 1, 'refused'), gap('18:00', '20:00', 2, 'refused'), gap('20:00', '21:00', 1, 'not_at_source')]);
  });

  it('of an unsure day may be because there was no session', () => {
    expect(gapsOf([{ ...day, isKnown: false }], '1h', starts, () => 'refused')).toEqual([gap('15:00', '17:00', 2, 'perhaps_no_session'), gap('18:00', '21:00', 3, 'perhaps_no_session')]);
  });

  it('tell the reason of each bar in them, and of no other', () => {
    const reasonOf = reasonsIn(gaps);
    expect(['14:00', '15:00', '16:00', '17:00', '18:00', '19:00', '20:00', '21:00'].map((from) => reasonOf(bar(from))))
      .toEqual([undefined, 'not_at_source', 'refused', undefined, 'refused', 'refused', 'not_at_source', undefined]);
    expect(reasonsIn([])(bar('15:00'))).toBeUndefined();
  });
});
