import { BUSES, type BusName, type Clock } from '@nautilus/model';
import type { Bus, DiscoveredEngine } from '@nautilus/bus';
import type { Store } from '@nautilus/store';
import type { HardwareReport } from './hardware.ts';
import type { BusProbe, HealthProblem, Probes } from './http/health-source.ts';

/** A dependency that does not answer within this time was not reached. */
const ANSWER_MS = 800;
/** One answer that a busy moment delayed is no loss; two in a row are. */
const MISSES_ARE_LOSS = 2;
const DISCOVERY_EVERY = 5;

export interface ProbeTargets {
  /** In the order of their ports. */
  readonly buses: readonly BusName[];
  readonly busEnabled: boolean;
  readonly transport: 'redis' | 'memory';
  readonly storeNeeded: boolean;
  readonly hardware: HardwareReport;
  readonly clock: Clock;
}

/**
 * Asks the buses and the database how they are and keeps the answers, so that nobody who wants to know has to wait.
 * A bus that was never opened or a store that is not open yet counts as lost.
 */
export class DependencyProbes {
  readonly #targets: ProbeTargets;
  readonly #misses = new Map<string, number>();
  #bus: Bus | undefined;
  #store: Store | undefined;
  #storeMessage = 'not reached yet';
  #discovered: readonly DiscoveredEngine[] | undefined;
  #rounds = 0;
  #probes: Probes;

  constructor(targets: ProbeTargets) {
    this.#targets = targets;
    this.#probes = this.#build(targets.buses.map((bus) => this.#lost(bus)), false, []);
  }

  get current(): Probes {
    return this.#probes;
  }

  watchBus(bus: Bus): void {
    this.#bus = bus;
  }

  watchStore(store: Store): void {
    this.#store = store;
  }

  /** Why the database cannot be used although it may answer; shown until `watchStore`. */
  storeUnusable(message: string): void {
    this.#storeMessage = message;
  }

  /** Gives the same results as a new object, so that what is built once per object is built anew. */
  touch(): void {
    this.#probes = { ...this.#probes };
  }

  /** One round. Problems keep the time since when they exist. */
  async refresh(): Promise<Probes> {
    const [buses, databaseConnected] = await Promise.all([Promise.all(this.#targets.buses.map((bus) => this.#askBus(bus))), this.#askStore(), this.#discover()]);
    this.#probes = this.#build(buses, databaseConnected, this.#problemsOf(buses, databaseConnected));
    return this.#probes;
  }

  #build(buses: readonly BusProbe[], databaseConnected: boolean, problems: readonly HealthProblem[]): Probes {
    const { busEnabled, storeNeeded, hardware } = this.#targets;
    const base = { buses, busEnabled, databaseConnected, storeNeeded, hardware, problems };
    return this.#discovered === undefined ? base : { ...base, discovered: this.#discovered };
  }

  #lost(bus: BusName): BusProbe {
    return { bus, connected: false, latencyMs: null, transport: this.#targets.transport, port: BUSES[bus].port };
  }

  async #askBus(name: BusName): Promise<BusProbe> {
    const bus = this.#bus;
    if (bus === undefined || !this.#targets.busEnabled) return this.#lost(name);
    const latencyMs = await bus.ping(name, ANSWER_MS).catch(() => undefined);
    const status = bus.status().find((entry) => entry.bus === name);
    const misses = this.#countMiss(name, latencyMs === undefined);
    const connected = latencyMs !== undefined || (status?.connected === true && misses < MISSES_ARE_LOSS);
    return { bus: name, connected, latencyMs: latencyMs ?? null, transport: status?.transport ?? this.#targets.transport, port: status?.port ?? BUSES[name].port };
  }

  async #askStore(): Promise<boolean> {
    if (this.#store === undefined) return false;
    const latencyMs = await this.#store.ping(ANSWER_MS).catch(() => undefined);
    const misses = this.#countMiss('database', latencyMs === undefined);
    return latencyMs !== undefined || (this.#probes.databaseConnected && misses < MISSES_ARE_LOSS);
  }

  #countMiss(what: string, missed: boolean): number {
    const misses = missed ? (this.#misses.get(what) ?? 0) + 1 : 0;
    this.#misses.set(what, misses);
    return misses;
  }

  async #discover(): Promise<void> {
    const due = this.#rounds % DISCOVERY_EVERY === 0;
    this.#rounds += 1;
    if (!due || this.#bus === undefined) return;
    this.#discovered = await this.#bus.discovered().catch(() => this.#discovered);
  }

  #problemsOf(buses: readonly BusProbe[], databaseConnected: boolean): readonly HealthProblem[] {
    const { busEnabled, storeNeeded, clock } = this.#targets;
    const found: { dependency: string; message: string }[] = [];
    if (busEnabled) {
      for (const bus of buses.filter((probe) => !probe.connected)) {
        found.push({ dependency: BUSES[bus.bus].field, message: `the ${BUSES[bus.bus].title} bus does not answer` });
      }
    }
    if (storeNeeded && !databaseConnected) {
      found.push({ dependency: 'database', message: this.#store === undefined ? this.#storeMessage : 'the database does not answer' });
    }
    return found.map((problem) => {
      const before = this.#probes.problems.find((known) => known.dependency === problem.dependency);
      return { ...problem, since: before?.since ?? clock.now() };
    });
  }
}
