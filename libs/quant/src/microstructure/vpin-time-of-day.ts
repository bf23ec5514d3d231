import { InvalidInputError } from '@nautilus/model';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Sessions before the one of a value that say what is usual, and the fewest that can. */
const SESSIONS = 20;
const FEWEST_SESSIONS = 5;

export interface TimedVpin {
  readonly endMs: number;
  readonly vpin: number | null;
}

/** What is usual in one slot of the day. */
export interface UsualVpin {
  /** Minutes after midnight UTC at which the slot begins. */
  readonly startMinute: number;
  /** Sessions with a value in the slot. */
  readonly sessions: number;
  /** Of the sessions' own means; null below 5 sessions. */
  readonly mean: number | null;
  /** Sample standard deviation of the sessions' means; null below 5 sessions. */
  readonly deviation: number | null;
}

export interface NormalisedVpin<Reading> {
  readonly reading: Reading;
  readonly vpin: number;
  /** Taken from the sessions before that of the reading only. */
  readonly usual: UsualVpin;
  /** VPIN over the usual mean; null where that is unknown or 0. */
  readonly ratio: number | null;
  /** (VPIN − usual mean) / usual deviation; null where that is unknown or 0. */
  readonly score: number | null;
}

/** Session means of one slot: those of completed sessions, and the sum of the session that is running. */
interface Slot {
  readonly means: number[];
  session: number;
  sum: number;
  count: number;
}

/** What is usual so far, to go on from. */
export type TimeOfDayState = readonly (readonly [startMinute: number, slot: Readonly<Slot>])[];

/**
 * VPIN against what is usual at its time of the day. Volatility and volume have a daily shape, VPIN inherits it, and a high
 * value at the open may be an ordinary one (Andersen & Bollerslev 1997, on periodicity within the day; Andersen & Bondarenko
 * 2014, on that of VPIN). A session is a UTC day. Its values within a slot are averaged, so that a session with many buckets
 * does not outweigh others; the last 20 sessions before that of a value say what is usual, so a later value never changes it.
 */
export class TimeOfDayNormaliser {
  readonly #slotMinutes: number;
  readonly #slots = new Map<number, Slot>();

  /** @throws InvalidInputError for a slot that is no whole number of minutes dividing the day */
  constructor(slotMinutes = 30) {
    if (!(Number.isInteger(slotMinutes) && slotMinutes >= 1 && 1_440 % slotMinutes === 0)) {
      throw new InvalidInputError([{ path: 'slotMinutes', message: `${slotMinutes} is no whole number of minutes that divides the day` }]);
    }
    this.#slotMinutes = slotMinutes;
  }

  /** Readings come ascending by end; one without VPIN gives undefined and changes nothing. */
  add<Reading extends TimedVpin>(reading: Reading): NormalisedVpin<Reading> | undefined {
    if (reading.vpin === null) return undefined;
    const startMinute = Math.floor((reading.endMs % DAY_MS) / (this.#slotMinutes * MINUTE_MS)) * this.#slotMinutes;
    const slot = slotAt(this.#slots, startMinute);
    enter(slot, Math.floor(reading.endMs / DAY_MS));
    const value = against(usualOf(startMinute, slot.means), reading, reading.vpin);
    slot.sum += reading.vpin;
    slot.count += 1;
    return value;
  }

  /** Of all sessions so far, the running one included; by time of the day. */
  usual(): readonly UsualVpin[] {
    return this.snapshot().toSorted(([a], [b]) => a - b).map(([startMinute, slot]) => {
      enter(slot, Infinity);
      return usualOf(startMinute, slot.means);
    });
  }

  snapshot(): [number, Slot][] {
    return [...this.#slots].map(([startMinute, slot]) => [startMinute, { ...slot, means: [...slot.means] }]);
  }

  restore(state: TimeOfDayState): void {
    for (const [startMinute, slot] of state) this.#slots.set(startMinute, { ...slot, means: [...slot.means] });
  }
}

/**
 * All readings at once, ascending by end; those without VPIN are left out.
 * @throws InvalidInputError for a slot that is no whole number of minutes dividing the day
 */
export function normaliseByTimeOfDay<Reading extends TimedVpin>(
  readings: readonly Reading[],
  slotMinutes = 30,
): { readonly usual: readonly UsualVpin[]; readonly values: readonly NormalisedVpin<Reading>[] } {
  const normaliser = new TimeOfDayNormaliser(slotMinutes);
  const values = readings.map((reading) => normaliser.add(reading)).filter((value) => value !== undefined);
  return { usual: normaliser.usual(), values };
}

function slotAt(slots: Map<number, Slot>, startMinute: number): Slot {
  const known = slots.get(startMinute);
  if (known !== undefined) return known;
  const slot: Slot = { means: [], session: -Infinity, sum: 0, count: 0 };
  slots.set(startMinute, slot);
  return slot;
}

/** Completes the slot's running session when another one begins. */
function enter(slot: Slot, session: number): void {
  if (session === slot.session) return;
  if (slot.count > 0) slot.means.push(slot.sum / slot.count);
  if (slot.means.length > SESSIONS) slot.means.shift();
  [slot.session, slot.sum, slot.count] = [session, 0, 0];
}

function usualOf(startMinute: number, means: readonly number[]): UsualVpin {
  const sessions = means.length;
  if (sessions < FEWEST_SESSIONS) return { startMinute, sessions, mean: null, deviation: null };
  const mean = means.reduce((sum, value) => sum + value, 0) / sessions;
  const squares = means.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { startMinute, sessions, mean, deviation: Math.sqrt(squares / (sessions - 1)) };
}

function against<Reading>(usual: UsualVpin, reading: Reading, vpin: number): NormalisedVpin<Reading> {
  const { mean, deviation } = usual;
  return {
    reading,
    vpin,
    usual,
    ratio: mean === null || mean === 0 ? null : vpin / mean,
    score: mean === null || deviation === null || deviation === 0 ? null : (vpin - mean) / deviation,
  };
}
