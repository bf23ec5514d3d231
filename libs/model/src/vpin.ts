/** Absolute level of a VPIN value; each name holds from its threshold on (contract.md, section 3.13). */
export const TOXICITY_LEVELS = ['NORMAL', 'LOW', 'MEDIUM', 'HIGH', 'EXTREME'] as const;
export type ToxicityLevel = (typeof TOXICITY_LEVELS)[number];

/** One closed volume bucket and the VPIN it ended with. Times in milliseconds since the epoch, volumes in units of the instrument. */
export interface VpinReading {
  readonly startMs: number;
  readonly endMs: number;
  readonly buyVolume: number;
  readonly sellVolume: number;
  /** |buy − sell| */
  readonly imbalance: number;
  /** Null before n buckets of this series. */
  readonly vpin: number | null;
  /** Names V; readings of different series are never averaged together. */
  readonly series: string;
  /** Rises by one per bucket of the stream, over all series. */
  readonly bucketId: number;
  readonly bucketVolume: number;
  readonly level: ToxicityLevel | null;
  /** min(1, closed buckets / n) times the share of trades that the quality rules passed. */
  readonly confidence: number;
  /** Mid-rank of this value among those of the trailing year, 0 to 1; null below 30 of them. */
  readonly percentile: number | null;
  /** The same of what stands above the usual at its time of the day; null below five sessions, absent where nobody asks for it. */
  readonly seasonalPercentile?: number | null;
  /** Classified by the tick rule, because fewer than 30 bars were closed before. */
  readonly warmingUp: boolean;
}
