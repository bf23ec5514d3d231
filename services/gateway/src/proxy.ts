import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { MountDeclaration } from '@nautilus/engine';
import { asNautilusError, wireJson } from '@nautilus/model';
import type { Context } from './context.ts';
import { endpointsByFolder, urlOf, type Endpoint } from './registry.ts';

/** `/api/{engine}/…` for every engine that is built, twins behind one path. */
export function proxyMounts(endpoints: readonly Endpoint[]): readonly MountDeclaration<Context>[] {
  return [...endpointsByFolder(endpoints)].map(([folder, members]) => {
    const prefix = `/api/${folder}`;
    return {
      prefix,
      summary: `To ${members.map(({ name, port }) => `${name} (${port})`).join(' and ')}.`,
      handle: (request, response, context) => passOn(folder, prefix, request, response, context),
      upgrade: (request, socket, head, context) => void join(folder, prefix, request, socket, head, context),
    };
  });
}

function strip(url: string | undefined, prefix: string): string {
  const rest = (url ?? '/').slice(prefix.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** How long a Service may still lead to a pod that has ended. */
const PAUSE_MS = 500;

/**
 * `prefix` is taken off the path. A GET that an engine does not answer is sent to another one at once, and a last time
 * after a pause. A canary's failure costs none of these tries.
 */
export async function passOn(folder: string, prefix: string, request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { balancers, forwarder } = context.state;
  const balancer = balancers.get(folder);
  request.url = strip(request.url, prefix);
  const tried: string[] = [];
  const canary = canaryFor(folder, context);
  // Only what changes nothing may be sent twice.
  const attempts = request.method === 'GET' ? 3 + (canary === undefined ? 0 : 1) : 1;
  while (tried.length < attempts) {
    const again = tried.length > 0;
    if (again && tried.length === attempts - 1) await context.timers.delay(PAUSE_MS);
    // A Service may stand for a new pod by the next try, so its address is asked again.
    const target = !again && canary !== undefined ? canary.url : (balancer?.pick(tried) ?? balancer?.pick());
    if (target === undefined) break;
    tried.push(target);
    try {
      await forwarder.http(request, response, target, again ? 'fresh' : 'kept');
      balancer?.succeeded(target);
      context.metrics.proxied.inc({ engine: folder, outcome: 'answered' });
      return;
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'transient') throw error;
      if (target === canary?.url) context.state.canaries.failed(canary.endpoint);
      else balancer?.failed(target);
      context.metrics.proxied.inc({ engine: folder, outcome: 'failed' });
    }
  }
  refuse(folder, request, response);
}

/** The endpoint whose canary this request is for, and the canary's address. */
function canaryFor(folder: string, { state, settings }: Context): { readonly endpoint: Endpoint; readonly url: string } | undefined {
  const endpoint = state.byFolder.get(folder)?.find((member) => state.canaries.takes(member));
  return endpoint === undefined ? undefined : { endpoint, url: urlOf({ ...endpoint, service: `${endpoint.service}-canary` }, settings.engineHost) };
}

function refuse(folder: string, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
  response.end(
    wireJson({
      type: '/problems/engine-unreachable',
      title: 'Service Unavailable',
      status: 503,
      detail: `No ${folder} engine answered.`,
      instance: request.url,
      request_id: response.getHeader('x-request-id') ?? null,
    }),
  );
}

async function join(folder: string, prefix: string, request: IncomingMessage, socket: Duplex, head: Buffer, context: Context): Promise<void> {
  const { balancers, forwarder } = context.state;
  const balancer = balancers.get(folder);
  const target = balancer?.pick();
  if (target === undefined) return void socket.destroy();
  request.url = strip(request.url, prefix);
  try {
    await forwarder.upgrade(request, socket, head, target);
    context.metrics.proxied.inc({ engine: folder, outcome: 'answered' });
  } catch {
    // The forwarder has told the client.
    balancer?.failed(target);
    context.metrics.proxied.inc({ engine: folder, outcome: 'failed' });
  }
}
