/** What a client is told when a bus is lost and when it is back. */
export interface BusNotice {
  readonly event: 'bus_degraded' | 'bus_restored';
  readonly bus: string;
}

interface BusState {
  readonly bus: string;
  readonly connected: boolean;
}

/** Finds the changes between two looks at the buses. A bus counts as connected before the first look. */
export class BusWatch {
  readonly #lost = new Set<string>();

  look(buses: readonly BusState[]): readonly BusNotice[] {
    return buses.flatMap(({ bus, connected }): BusNotice[] => {
      if (connected) return this.#lost.delete(bus) ? [{ event: 'bus_restored', bus }] : [];
      if (this.#lost.has(bus)) return [];
      this.#lost.add(bus);
      return [{ event: 'bus_degraded', bus }];
    });
  }
}
