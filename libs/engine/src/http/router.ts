import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { wireJson } from '@nautilus/model';
import type { MountDeclaration } from '../declaration.ts';
import { isAnswer, Pieces } from '../route.ts';
import { isBelow } from './access.ts';
import { JSON_TYPE, type Answers } from './answers.ts';
import type { CommonContext } from './common/common-context.ts';
import { isServing } from './common/health-report.ts';
import { placedRoutes, type PlacedRoute } from './declared-paths.ts';
import { exchangeOf, type Exchange } from './exchange.ts';
import type { Front } from './front.ts';
import { toExpressPath } from './path-template.ts';
import { HttpProblem, PROBLEM_TYPE, notServing, problemOf } from './problem.ts';
import { validatorOf } from './validation.ts';

const DEFAULT_BODY_LIMIT = 1024 * 1024;
const JSON_BODY = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;

interface RouterParts {
  readonly common: CommonContext;
  readonly front: Front;
  readonly answers: Answers;
}

/** The Express application of an engine: front, routes, mounts, and the one place where errors become answers. */
export function createApp(parts: RouterParts): Express {
  const { front, answers, common } = parts;
  const { declaration, context } = common.deps;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.set('case sensitive routing', true);

  app.use((request: Request, response: Response, next: NextFunction) => {
    front.admit(front.open(request, response));
    next();
  });
  // One layer per path; `app.all` would make one per method that HTTP knows.
  for (const [path, handler] of byPath(placedRoutes(declaration), parts)) app.route(path).all(handler);
  const mounts = [...(declaration.mounts ?? [])].sort((a, b) => b.prefix.length - a.prefix.length);
  if (mounts.length > 0) app.use(mountHandler(mounts, parts));
  app.use((request: Request, response: Response) => {
    const allowed = allowedOf(request);
    if (allowed.length === 0) throw new HttpProblem(404, 'unknown-route', 'Nothing is at this path.');
    const headers = { Allow: allowed.join(', ') };
    if (request.method === 'OPTIONS') return answers.send(exchangeOf(request), response, 204, JSON_TYPE, '', headers);
    throw new HttpProblem(405, 'method-not-allowed', `This path takes ${headers.Allow}.`, headers);
  });
  // Express knows it for an error handler by its four parameters.
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const exchange = exchangeOf(request);
    if (response.headersSent) {
      context.log.error({ error, request_id: exchange.requestId, route: exchange.route }, 'answer broken off');
      response.destroy();
      return;
    }
    const { body, headers } = problemOf(error, exchange, context.log);
    answers.send(exchange, response, body.status, PROBLEM_TYPE, wireJson(body), headers);
  });
  return app;
}

const ALLOWED = Symbol('allowed');
const allowedOf = (request: Request): readonly string[] => (Reflect.get(request, ALLOWED) as string[] | undefined) ?? [];

/** One handler per path, in the order of the list; a method that the path does not take leaves a note and goes on. */
function byPath(routes: readonly PlacedRoute[], parts: RouterParts): Map<string, RequestHandler> {
  const paths = new Map<string, Map<string, RequestHandler>>();
  // Asked most often, so found first.
  const ordered = [...routes].sort((a, b) => Number(b.path === '/health') - Number(a.path === '/health'));
  for (const placed of ordered) {
    const path = toExpressPath(placed.path);
    const methods = paths.get(path) ?? new Map<string, RequestHandler>();
    paths.set(path, methods.set(placed.route.method.toUpperCase(), routeHandler(placed, parts)));
  }
  return new Map(
    [...paths].map(([path, methods]) => {
      const allowed = [...methods.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
      const handler: RequestHandler = (request, response, next) => {
        const found = methods.get(request.method === 'HEAD' ? 'GET' : request.method);
        if (found !== undefined) return found(request, response, next);
        Reflect.set(request, ALLOWED, [...new Set([...allowedOf(request), ...allowed])]);
        next();
      };
      return [path, handler] as const;
    }),
  );
}

function routeHandler({ route, path, own }: PlacedRoute, { common, front, answers }: RouterParts): RequestHandler {
  const { deps } = common;
  const { context, health } = deps;
  const validate = validatorOf(route);
  const scope = route.scope ?? (route.method === 'get' ? 'read' : 'trade');
  const readBody = route.body === undefined ? undefined : bodyReader(route.bodyLimitBytes ?? DEFAULT_BODY_LIMIT);
  const status = route.status ?? 200;

  const finish = (exchange: Exchange, response: Response, result: unknown): void | Promise<void> => {
    if (isAnswer(result)) {
      const { body, contentType, headers } = result;
      if (body instanceof Pieces) return answers.stream(exchange, response, result.status, contentType ?? JSON_TYPE, body.of, headers);
      const ready = contentType !== undefined && (typeof body === 'string' || body instanceof Uint8Array);
      answers.send(exchange, response, result.status, contentType ?? JSON_TYPE, ready ? body : textOf(body), headers);
    } else answers.send(exchange, response, result === undefined ? 204 : status, JSON_TYPE, textOf(result));
  };
  const handle = (exchange: Exchange, request: Request, response: Response): void | Promise<void> => {
    const query = (request.url ?? '').indexOf('?');
    const input = validate({ params: request.params, search: query < 0 ? '' : request.url.slice(query + 1), body: request.body });
    const result: unknown = route.handler({ ...input, request: exchange } as never, own ? context : common);
    return result instanceof Promise ? result.then((value) => finish(exchange, response, value)) : finish(exchange, response, result);
  };
  return (request, response, next) => {
    const exchange = exchangeOf(request);
    exchange.route = path;
    front.access.demand(scope, exchange.path, exchange.principal);
    const phase = health.phase();
    if (own && !isServing(phase)) throw notServing(phase);
    if (readBody === undefined) return handle(exchange, request, response);
    readBody(request, response, (error?: unknown) => {
      if (error !== undefined) return next(error);
      new Promise<void>((resolve) => resolve(handle(exchange, request, response))).catch(next);
    });
  };
}

/** Nothing at all has no text. */
function textOf(body: unknown): string {
  return body === undefined ? '' : wireJson(body);
}

/** Reads JSON bodies; anything else that has a body is 415. */
function bodyReader(limit: number): (request: Request, response: Response, done: (error?: unknown) => void) => void {
  const read = express.json({ limit, strict: false, type: () => true });
  return (request, response, done) => {
    const length = request.headers['content-length'];
    const empty = request.headers['transfer-encoding'] === undefined && (length === undefined || length === '0');
    if (!empty && !JSON_BODY.test(request.headers['content-type'] ?? '')) {
      done(new HttpProblem(415, 'unsupported-media-type', 'The body must be application/json.'));
      return;
    }
    read(request, response, done);
  };
}

/** Hands requests below a prefix over; the handler writes the answer itself. */
function mountHandler(mounts: readonly MountDeclaration<never>[], { common, front, answers }: RouterParts): RequestHandler {
  const { context, health } = common.deps;
  return (request, response, next) => {
    const exchange = exchangeOf(request);
    const mount = mounts.find(({ prefix }) => isBelow(exchange.path, prefix));
    if (mount === undefined) return next();
    exchange.route = mount.prefix === '/' ? '/*' : `${mount.prefix}/*`;
    front.access.demand(request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'trade', exchange.path, exchange.principal);
    const phase = health.phase();
    if (!isServing(phase)) throw notServing(phase);
    return handOver(mount, request, response, context as never, () => answers.accompany(exchange, response));
  };
}

async function handOver(mount: MountDeclaration<never>, request: IncomingMessage, response: ServerResponse, context: never, before: () => void): Promise<void> {
  before();
  await mount.handle(request, response, context);
}
