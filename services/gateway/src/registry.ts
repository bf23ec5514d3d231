import registry from '../generated/engines.json' with { type: 'json' };
import type { Architecture } from '@nautilus/model';

/** One engine endpoint that is built; written by `make generate` from the declarations. */
export interface Endpoint {
  /** The contract's name, e.g. `vpin`, `vpin_triple_bus`. */
  readonly name: string;
  /** Twins share it; it is the segment in `/api/{folder}/…`. */
  readonly folder: string;
  readonly port: number;
  readonly architecture: Architecture;
  /** Name of its Kubernetes Service after the release's, e.g. `vpin-engine-triple`. */
  readonly service: string;
  readonly summary: string;
}

export const ENDPOINTS: readonly Endpoint[] = registry as readonly Endpoint[];

/** Twins stand behind one path. */
export function endpointsByFolder(endpoints: readonly Endpoint[]): ReadonlyMap<string, readonly Endpoint[]> {
  const folders = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) folders.set(endpoint.folder, [...(folders.get(endpoint.folder) ?? []), endpoint]);
  return folders;
}

/** `template` names the host of an endpoint: `localhost`, or with `{service}` replaced, as in `nautilus-{service}`. */
export function urlOf(endpoint: Endpoint, template: string): string {
  return `http://${template.replaceAll('{service}', endpoint.service)}:${endpoint.port}`;
}
