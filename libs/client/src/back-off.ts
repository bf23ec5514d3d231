export interface BackOff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Delay before attempt `attempt` (0 = first retry): doubles up to `maxMs`, and half of it is chance, so that many
 * pages do not return in one moment after a restart.
 */
export function backOffDelay(attempt: number, random: () => number, { baseMs, maxMs }: BackOff): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));
  return ceiling / 2 + (ceiling / 2) * random();
}
