import { TrailingCdf } from '../statistics/trailing-cdf.ts';
import { TimeOfDayNormaliser, type TimedVpin, type TimeOfDayState } from './vpin-time-of-day.ts';

/** 50 buckets on 252 days. */
const YEAR_OF_SCORES = 12_600;
const FEWEST_SCORES = 30;

export interface SeasonalRankState {
  readonly usual: TimeOfDayState;
  /** Oldest first. */
  readonly scores: readonly number[];
}

/**
 * Where VPIN stands once its daily shape is removed: the mid-rank, 0 to 1, of its score against what is usual at its time of
 * the day (half-hour slots, see TimeOfDayNormaliser) among the scores of the trailing year. Nothing later changes a rank.
 */
export class SeasonalRank {
  readonly #normaliser = new TimeOfDayNormaliser();
  readonly #scores = new TrailingCdf(YEAR_OF_SCORES);

  /** Readings come ascending by end. Null without VPIN, below five sessions in the slot, and below 30 scores. */
  add(reading: TimedVpin): number | null {
    const score = this.#normaliser.add(reading)?.score ?? null;
    if (score === null) return null;
    this.#scores.add(score);
    return this.#scores.count < FEWEST_SCORES ? null : (this.#scores.at(score) ?? null);
  }

  snapshot(): SeasonalRankState {
    return { usual: this.#normaliser.snapshot(), scores: this.#scores.values() };
  }

  /** Only into one that is new. */
  restore({ usual, scores }: SeasonalRankState): void {
    this.#normaliser.restore(usual);
    for (const score of scores) this.#scores.add(score);
  }
}
