import { BUSES, type BusName } from '@nautilus/model';
import { ratePerSecond, type CounterSample } from './rates.ts';
import { isRecord, number, text } from './read.ts';

/** One engine's view of one bus, from its `GET /messagebus/status`. */
interface BusReading {
  readonly connected: boolean;
  readonly transport: string | null;
  readonly latencyMs: number | null;
  readonly published: number | null;
  readonly received: number | null;
  readonly pending: number | null;
  readonly deadLetters: number | null;
  readonly lastError: string | null;
}

export type BusReadings = Partial<Readonly<Record<BusName, BusReading>>>;

export interface BusSummary {
  readonly bus: BusName;
  readonly title: string;
  readonly port: number;
  /** Engines connected, of those that use this bus and answered. */
  readonly connected: number;
  readonly engines: number;
  readonly transport: string | null;
  /** Slowest measured round trip of an engine. */
  readonly latencyMs: number | null;
  /** Messages put on the bus per second, summed over the engines. */
  readonly inPerSecond: number | null;
  /** Messages delivered to engines per second, summed. */
  readonly outPerSecond: number | null;
  readonly pending: number | null;
  readonly deadLetters: number | null;
  readonly lastError: string | null;
}

const busNames = Object.keys(BUSES) as readonly BusName[];

export function readBuses(data: unknown): BusReadings | undefined {
  if (!isRecord(data) || !isRecord(data['buses'])) return undefined;
  const readings: Partial<Record<BusName, BusReading>> = {};
  for (const bus of busNames) {
    const entry = data['buses'][BUSES[bus].field];
    if (!isRecord(entry)) continue;
    readings[bus] = {
      connected: entry['connected'] === true,
      transport: text(entry['transport']),
      latencyMs: number(entry['latency_ms']),
      published: number(entry['published']),
      received: number(entry['received']),
      pending: number(entry['pending']),
      deadLetters: number(entry['dead_letters']),
      lastError: text(entry['last_error']),
    };
  }
  return readings;
}

interface EngineSample {
  readonly readings: BusReadings;
  readonly rates: ReadonlyMap<BusName, { readonly in: number | null; readonly out: number | null }>;
  readonly atMs: number;
}

/** Puts the engines' views of the buses together. An engine that stopped answering drops out of the sums. */
export class BusBoard {
  readonly #samples = new Map<string, EngineSample>();

  record(engine: string, readings: BusReadings, atMs: number): void {
    const before = this.#samples.get(engine);
    const rates = new Map(
      busNames.map((bus) => {
        const [now, then] = [readings[bus], before?.readings[bus]];
        const rate = (a: number | null | undefined, b: number | null | undefined): number | null =>
          before === undefined ? null : rateBetween(sample(before.atMs, a), sample(atMs, b));
        return [bus, { in: rate(then?.published, now?.published), out: rate(then?.received, now?.received) }] as const;
      }),
    );
    this.#samples.set(engine, { readings, rates, atMs });
  }

  forget(engine: string): void {
    this.#samples.delete(engine);
  }

  summaries(): readonly BusSummary[] {
    const samples = [...this.#samples.values()];
    return busNames.flatMap((bus) => {
      const readings = samples.map((one) => one.readings[bus]).filter((reading) => reading !== undefined);
      if (readings.length === 0) return [];
      const up = readings.filter((reading) => reading.connected);
      return [{
        bus,
        title: BUSES[bus].title,
        port: BUSES[bus].port,
        connected: up.length,
        engines: readings.length,
        transport: readings.find((reading) => reading.transport !== null)?.transport ?? null,
        latencyMs: largest(readings.map((reading) => reading.latencyMs)),
        inPerSecond: sum(samples.map((one) => one.rates.get(bus)?.in ?? null)),
        outPerSecond: sum(samples.map((one) => one.rates.get(bus)?.out ?? null)),
        pending: sum(readings.map((reading) => reading.pending)),
        deadLetters: sum(readings.map((reading) => reading.deadLetters)),
        lastError: readings.find((reading) => !reading.connected && reading.lastError !== null)?.lastError ?? null,
      }];
    });
  }
}

function sample(atMs: number, value: number | null | undefined): CounterSample | null {
  return typeof value === 'number' ? { atMs, value } : null;
}

function rateBetween(before: CounterSample | null, now: CounterSample | null): number | null {
  return before === null || now === null ? null : ratePerSecond(before, now);
}

/** Sum of the known figures; null when none is known. */
function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
