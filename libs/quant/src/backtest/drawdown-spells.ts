export interface DrawdownSpells {
  readonly maxDrawdown: number;
  readonly averageDrawdown: number | undefined;
  readonly maxDrawdownDurationMs: number | undefined;
  readonly averageDrawdownDurationMs: number | undefined;
}

/** Spells below the running peak, from the peak's bar to the bar of recovery; an unfinished one ends at the last bar. */
export function drawdownSpells(equity: ArrayLike<number>, timesMs: ArrayLike<number>, barMs: number): DrawdownSpells {
  let peak = equity[0] as number;
  let start = 0;
  let deepest = 0;
  let maxDrawdown = 0;
  const depths: number[] = [];
  const durations: number[] = [];
  for (let i = 1; i < equity.length; i++) {
    const value = equity[i] as number;
    const recovered = value >= peak;
    if (!recovered) deepest = Math.max(deepest, 1 - value / peak);
    if (!recovered && i < equity.length - 1) continue;
    if (i > start + 1) {
      depths.push(deepest);
      durations.push((timesMs[i] as number) - (timesMs[start] as number));
    }
    maxDrawdown = Math.max(maxDrawdown, deepest);
    start = i;
    peak = Math.max(peak, value);
    deepest = 0;
  }
  return {
    maxDrawdown: -maxDrawdown,
    averageDrawdown: depths.length === 0 ? undefined : -depths.reduce((sum, d) => sum + d, 0) / depths.length,
    maxDrawdownDurationMs: durations.length === 0 ? undefined : Math.max(...durations),
    averageDrawdownDurationMs: meanRoundedUp(durations, barMs),
  };
}

/** Mean duration, rounded up to whole bars; undefined without durations. */
export function meanRoundedUp(durationsMs: readonly number[], barMs: number): number | undefined {
  if (durationsMs.length === 0) return undefined;
  return Math.ceil(durationsMs.reduce((sum, d) => sum + d, 0) / durationsMs.length / barMs) * barMs;
}
