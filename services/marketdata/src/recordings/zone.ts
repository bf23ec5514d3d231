const MS_PER_MINUTE = 60_000;
const QUARTER = 15 * MS_PER_MINUTE;

/**
 * Wall time of a zone and UTC, by the zone's own rules (from the runtime's time-zone data), so daylight saving is right on
 * every date. Offsets are asked once per quarter of an hour: no zone has changed at a finer step since 1970.
 */
export class Zone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #offsets = new Map<number, number>();

  /** Throws RangeError for a name that the runtime does not know. */
  constructor(name: string) {
    this.name = name;
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
  }

  /** Wall time minus UTC in milliseconds, at a UTC time. */
  offsetAt(utcMs: number): number {
    const quarter = Math.floor(utcMs / QUARTER);
    const known = this.#offsets.get(quarter);
    if (known !== undefined) return known;
    const at = quarter * QUARTER;
    const part = new Map(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const field = (name: Intl.DateTimeFormatPartTypes): number => part.get(name) ?? 0;
    const wall = Date.UTC(field('year'), field('month') - 1, field('day'), field('hour'), field('minute'), field('second'));
    this.#offsets.set(quarter, wall - at);
    return wall - at;
  }

  /**
   * `wallMs`: the wall time read as if it were UTC. A time that occurs twice (clocks set back) is taken as the
   * first; undefined for a time that does not occur (clocks set forward).
   */
  toUtc(wallMs: number): number | undefined {
    // Offsets before and after any change near by; the larger one gives the earlier time.
    const before = this.offsetAt(wallMs - 24 * 60 * MS_PER_MINUTE);
    const after = this.offsetAt(wallMs + 24 * 60 * MS_PER_MINUTE);
    return [Math.max(before, after), Math.min(before, after)].map((offset) => wallMs - offset).find((utc) => utc + this.offsetAt(utc) === wallMs);
  }

  /** The wall time at a UTC time, as if it were UTC. */
  toWall(utcMs: number): number {
    return utcMs + this.offsetAt(utcMs);
  }

  /** `2013-10-07`: the date on the wall at a UTC time. */
  dateAt(utcMs: number): string {
    return new Date(this.toWall(utcMs)).toISOString().slice(0, 10);
  }
}
