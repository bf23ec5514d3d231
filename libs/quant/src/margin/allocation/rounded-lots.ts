import type { AllocationPair, AllocationProgram } from './allocation-program.ts';

/** Shares below which a lot, a need or a room is rounding of the solver. */
const ROUNDING = 1e-9;

/**
 * Whole lots near the relaxation's answer: its lots rounded down, then for each call lots added, always the one from which
 * finishing the call is estimated to cost least, within stock and concentration. Undefined where a call stays short, which
 * need not mean that it must. Values of the pairs alone.
 */
export function roundedLots(relaxed: Float64Array, { pairs, program, rows, whole }: AllocationProgram): Float64Array | undefined {
  const inLots = new Set(whole);
  const x = Float64Array.from(pairs, (_, k) => (inLots.has(k) ? Math.floor((relaxed[k] ?? 0) + ROUNDING) : Math.max(0, relaxed[k] ?? 0)));
  const limitsOf = pairs.map((): number[] => []);
  const room = new Float64Array(rows.length);
  const calls: number[] = [];
  program.rows.forEach(({ indices, values, upper, lower }, r) => {
    const isCall = rows[r]?.kind === 'call';
    room[r] = isCall ? lower : upper;
    if (isCall) calls.push(r);
    indices.forEach((k, at) => {
      if (k >= pairs.length) return;
      room[r] = (room[r] ?? 0) - (values[at] ?? 0) * (x[k] ?? 0);
      if (!isCall) limitsOf[k]?.push(r);
    });
  });
  const value = ({ unitValue, haircut }: AllocationPair): number => unitValue * (1 - haircut);
  const weight = (r: number, pair: AllocationPair): number => (rows[r]?.kind === 'stock' ? 1 : value(pair));
  const fits = (k: number, pair: AllocationPair): number => {
    let most = Infinity;
    for (const r of limitsOf[k] ?? []) most = Math.min(most, (room[r] ?? 0) / weight(r, pair));
    return inLots.has(k) ? Math.floor(most + ROUNDING) : most;
  };
  for (const r of calls) {
    const row = program.rows[r];
    const slack = ROUNDING * Math.abs(row?.lower ?? 0);
    while ((room[r] ?? 0) > slack) {
      const need = room[r] ?? 0;
      let [best, bestUnits, least] = [-1, 0, Infinity];
      for (const k of row?.indices ?? []) {
        const pair = pairs[k];
        if (pair === undefined) continue;
        const lot = inLots.has(k);
        const units = Math.min(fits(k, pair), lot ? 1 : need / value(pair));
        if (!(units * value(pair) > (lot ? 0 : slack / 2))) continue;
        const toFinish = pair.costPerUnit * (lot ? Math.max(1, need / value(pair)) : need / value(pair));
        if (toFinish < least) [best, bestUnits, least] = [k, units, toFinish];
      }
      const chosen = pairs[best];
      if (chosen === undefined) return undefined;
      x[best] = (x[best] ?? 0) + bestUnits;
      room[r] = need - bestUnits * value(chosen);
      for (const limit of limitsOf[best] ?? []) room[limit] = (room[limit] ?? 0) - bestUnits * weight(limit, chosen);
    }
  }
  return x;
}
