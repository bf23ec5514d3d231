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

/** `prefix` is taken off the path. A GET that an engine does not answer is sent to another one, once. */
export async function passOn(folder: string, prefix: string, request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { balancers, forwarder } = context.state;
  const balancer = balancers.get(folder);
  request.url = strip(request.url, prefix);
  const tried: string[] = [];
  // Only what changes nothing may be sent twice.
  const attempts = request.method === 'GET' ? 2 : 1;
  const canary = canaryFor(folder, context);
  while (tried.length < attempts) {
    // A Service may stand for a new pod by the second try, when the old one closed its connection.
    const target = tried.length === 0 && canary !== undefined ? canary : (balancer?.pick(tried) ?? balancer?.pick());
    if (target === undefined) break;
    tried.push(target);
    try {
      await forwarder.http(request, response, target);
      balancer?.succeeded(target);
      context.metrics.proxied.inc({ engine: folder, outcome: 'answered' });
      return;
    } catch (error) {
      if (asNautilusError(error)?.kind !== 'transient') throw error;
      balancer?.failed(target);
      context.metrics.proxied.inc({ engine: folder, outcome: 'failed' });
    }
  }
  refuse(folder, request, response);
}

/** The canary's address, when this request is one for it. */
function canaryFor(folder: string, { state, settings }: Context): string | undefined {
  const endpoint = state.byFolder.get(folder)?.find((member) => state.canaries.takes(member));
  return endpoint === undefined ? undefined : urlOf({ ...endpoint, service: `${endpoint.service}-canary` }, settings.engineHost);
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
