import type { MountDeclaration } from '@nautilus/engine';
import type { Context } from './context.ts';
import { passOn } from './proxy.ts';
import type { Endpoint } from './registry.ts';

/** The service that computes for the triple twins: no engine, in no tier, and with a path of its own. */
export const COMPUTE_SERVICE: Endpoint = {
  name: 'neural_gpu', folder: 'neural-gpu', port: 8050, architecture: 'dual_bus', service: 'neural-gpu', summary: 'Computes for the engines on three buses.',
};

const PREFIX = '/neural-gpu-bus';

/** Its paths begin alike here and there. */
export function computeMount({ folder, port }: Endpoint): MountDeclaration<Context> {
  return { prefix: PREFIX, summary: `To ${folder} (${port}), path unchanged.`, handle: (request, response, context) => passOn(folder, '', request, response, context) };
}
