import type { Device, Probe } from './devices.ts';
import { RESOURCES, type Resource } from './resources.ts';

type Listener = (devices: readonly Device[]) => void;

/**
 * What the plugin offers at present. Between readings a device keeps its place: one whose files are gone is
 * `Unhealthy`, and `Healthy` again when they are back, so that the kubelet never sees ids jump with each fault.
 */
export class Inventory {
  readonly #probe: Probe;
  #devices: ReadonlyMap<Resource, readonly Device[]>;
  readonly #listeners = new Map<Resource, Set<Listener>>(RESOURCES.map((resource) => [resource, new Set()]));

  constructor(probe: Probe) {
    this.#probe = probe;
    this.#devices = probe();
  }

  devices(resource: Resource): readonly Device[] {
    return this.#devices.get(resource) ?? [];
  }

  /** Takes what is found now as the new list: devices may come and go. */
  reread(): void {
    this.#take(this.#probe());
  }

  /** Looks whether the known devices are still there; adds and removes none. True when the health of one changed. */
  checkHealth(): boolean {
    const found = this.#probe();
    return this.#take(
      new Map(
        RESOURCES.map((resource) => {
          const present = new Set((found.get(resource) ?? []).map(({ id }) => id));
          const known = this.devices(resource);
          // Slots of the processor need no file and cannot fail.
          return [resource, known.map((device) => ({ ...device, health: device.kind === 'cpu' || present.has(device.id) ? 'Healthy' : 'Unhealthy' }))];
        }),
      ),
    );
  }

  /** Calls back with the full list after each change, never at once. Returns what ends it. */
  onChange(resource: Resource, listener: Listener): () => void {
    const listeners = this.#listeners.get(resource);
    listeners?.add(listener);
    return () => void listeners?.delete(listener);
  }

  /** Tells listeners of each resource whose list differs; whether there was one. */
  #take(next: ReadonlyMap<Resource, readonly Device[]>): boolean {
    const before = this.#devices;
    this.#devices = next;
    let changed = false;
    for (const resource of RESOURCES) {
      const devices = this.devices(resource);
      if (JSON.stringify(devices) === JSON.stringify(before.get(resource) ?? [])) continue;
      changed = true;
      for (const listener of this.#listeners.get(resource) ?? []) listener(devices);
    }
    return changed;
  }
}
