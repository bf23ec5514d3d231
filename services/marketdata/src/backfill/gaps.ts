import { isoFromMs } from '@nautilus/model';
import { firstAt } from '../merge.ts';
import { holesOf, TIMEFRAME_MS, type BackfillTimeframe, type BarStarts, type Day, type Hole, type Range } from './plan.ts';
import type { Gap, GapReason } from './record.ts';

/** What the days lack, ascending, with the reason of each missing bar. Neighbours of a day that lack for the same reason are one gap. */
export function gapsOf(days: readonly Day[], timeframe: BackfillTimeframe, starts: Pick<BarStarts, 'any'>, reasonOf: (bar: Range) => GapReason): readonly Gap[] {
  return days.flatMap((day) => holesOf(day, timeframe, starts).flatMap((hole) => splitByReason(hole, TIMEFRAME_MS[timeframe], day.isKnown ? reasonOf : () => 'perhaps_no_session')));
}

function splitByReason(hole: Hole, lengthMs: number, reasonOf: (bar: Range) => GapReason): readonly Gap[] {
  const parts: { from: number; bars: number; reason: GapReason }[] = [];
  for (let from = hole.from; from < hole.to; from += lengthMs) {
    const reason = reasonOf({ from, to: from + lengthMs });
    const last = parts.at(-1);
    if (last?.reason === reason) last.bars += 1;
    else parts.push({ from, bars: 1, reason });
  }
  return parts.map(({ from, bars, reason }) => ({ from: isoFromMs(from), to: isoFromMs(from + bars * lengthMs), bars, reason }));
}

/** Finds why a bar was missing when its day was asked for; undefined when no gap holds it. `gaps` ascend. */
export function reasonsIn(gaps: readonly Gap[]): (bar: Range) => GapReason | undefined {
  const ends = Float64Array.from(gaps, ({ to }) => Date.parse(to));
  return ({ from, to }) => {
    const gap = gaps[firstAt(ends, to)];
    return gap !== undefined && Date.parse(gap.from) <= from ? gap.reason : undefined;
  };
}
