import type { IncomingMessage, ServerResponse } from 'node:http';
import { RateLimitedError } from '@nautilus/model';
import { Access, isFree, type Caller } from './access.ts';
import { ClientAddress } from './client-address.ts';
import type { HttpDependencies } from './dependencies.ts';
import { Exchange } from './exchange.ts';
import { RateLimit, type Budget } from './rate-limit.ts';

const REQUEST_ID = /^[\w.:-]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What happens to every request, upgrades included, before anybody looks for its route. */
export class Front {
  readonly access: Access;
  readonly #deps: HttpDependencies;
  readonly #address: ClientAddress;
  readonly #limit: RateLimit | undefined;

  constructor(deps: HttpDependencies) {
    const { settings, declaration, context } = deps;
    this.#deps = deps;
    this.access = new Access(settings, declaration.edge === true);
    this.#address = new ClientAddress(settings.trustedProxies);
    this.#limit = settings.rateLimit > 0 ? new RateLimit(settings.rateLimit, () => context.clock.monotonic()) : undefined;
  }

  /** Throws nothing: whether the request may go on is `admit`'s to say, once errors can be answered. */
  open(request: IncomingMessage, response: ServerResponse): Exchange {
    const { context } = this.#deps;
    const url = request.url ?? '/';
    const query = url.indexOf('?');
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : context.newId();
    // Proxies pass these headers on, and handlers put the last into messages: none may hold what was not checked.
    request.headers['x-request-id'] = requestId;
    const clientIp = this.#address.of(request);
    request.headers['x-real-ip'] = clientIp;
    const trace = request.headers['traceparent'];
    if (trace !== undefined && !(typeof trace === 'string' && TRACEPARENT.test(trace))) delete request.headers['traceparent'];
    return new Exchange({
      request,
      response,
      requestId,
      clientIp,
      path: query < 0 ? url : url.slice(0, query),
      startedAt: context.clock.monotonic(),
      draining: context.signal,
    });
  }

  /** Throws RateLimitedError when the client has used up its minute. */
  admit(exchange: Exchange): void {
    const caller = this.access.callerOf(exchange.headers);
    exchange.principal = caller?.principal;
    if (this.#limit === undefined || caller?.inCluster === true || isFree(exchange.path)) return;
    const budget = this.#limit.take(clientOf(caller, exchange.clientIp));
    Object.assign(exchange.answerHeaders, budgetHeaders(budget));
    if (budget.allowed) return;
    this.#deps.metrics.http.rateLimited.inc();
    throw new RateLimitedError(`More than ${budget.limit} requests in a minute.`, budget.resetMs);
  }
}

/** A key that is not known does not name a client: else every invented key would have a budget of its own. */
function clientOf(caller: Caller | undefined, address: string): string {
  return caller === undefined ? `address ${address}` : `key ${caller.principal.name}`;
}

function budgetHeaders({ limit, remaining, resetMs }: Budget): Record<string, string> {
  const [most, left, reset] = [String(limit), String(remaining), String(Math.ceil(resetMs / 1000))];
  return {
    'RateLimit-Limit': most, 'RateLimit-Remaining': left, 'RateLimit-Reset': reset,
    'X-RateLimit-Limit': most, 'X-RateLimit-Remaining': left, 'X-RateLimit-Reset': reset,
  };
}
