import type { BookLevel } from '@nautilus/quant';

/** One message about a book as its venue numbers it. */
export interface BookChange {
  /** The whole book; otherwise levels that change. */
  readonly isSnapshot: boolean;
  /** Ids of the first and last update in it; equal in a snapshot. */
  readonly first: number;
  readonly last: number;
  /** Id of the update before, where the venue sends it. */
  readonly previous: number | null;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
  /** Taken although updates before it are missing: for recordings whose beginning is lost. */
  readonly allowGap: boolean;
}

/** A message of a recording. */
export interface RecordedChange extends BookChange {
  readonly symbol: string;
  /** Time at the source, UTC milliseconds with a fraction. */
  readonly timeMs: number;
}
