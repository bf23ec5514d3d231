/** Times of one round trip: written and answered by the asking clock, received and replied by the other one. */
export interface RoundTrip {
  readonly sent: number;
  readonly received: number;
  readonly replied: number;
  readonly answered: number;
}

export interface ClockOffset {
  /** What the other clock shows more than this one. */
  readonly offset: number;
  readonly error: number;
}

const REMEMBERED = 64;

interface Trip {
  readonly offset: number;
  readonly delay: number;
}

/**
 * How far the clock of another machine is ahead, from round trips: of the newest 64 the one with the smallest delay
 * tells best, within half of its delay (Mills 1991). All times in one unit.
 */
export class OffsetEstimate {
  readonly #trips: Trip[] = [];

  add({ sent, received, replied, answered }: RoundTrip): void {
    this.#trips.push({ offset: (received - sent + (replied - answered)) / 2, delay: answered - sent - (replied - received) });
    if (this.#trips.length > REMEMBERED) this.#trips.shift();
  }

  /** Undefined before the first round trip. */
  get current(): ClockOffset | undefined {
    const best = this.#trips.reduce<Trip | undefined>((least, trip) => (least === undefined || trip.delay < least.delay ? trip : least), undefined);
    return best === undefined ? undefined : { offset: best.offset, error: Math.max(0, best.delay) / 2 };
  }
}
