import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { DeliveryContext, ResumePoints } from '@nautilus/bus';
import type { BusName, Message } from '@nautilus/model';
import type { EngineContext } from './context.ts';
import type { JobDeclaration } from './jobs/jobs.ts';
import type { MetricDeclarations } from './metrics.ts';
import type { AnyRoute, Principal } from './route.ts';
import type { Setting, SettingsShape } from './settings.ts';

/** What an engine cannot do its work without. Losing one makes it `degraded`, never down. */
export type Need = 'bus:marketdata' | 'bus:logic' | 'bus:neural' | 'store' | 'jobs';

/**
 * One file says what an engine is. Runtime, chart defaults, documentation, network edges and the test matrix
 * derive from it.
 */
export interface EngineDeclaration<S extends SettingsShape, State, M extends MetricDeclarations> {
  /** Folder, component label and consumer group, in kebab case. The contract's engine name has `_` for `-`. */
  readonly name: string;
  readonly summary: string;
  /** `triple` exists when the engine has a twin on three buses. */
  readonly ports: { readonly dual: number; readonly triple?: number };
  /** `platform` parts (gateway, dashboard) are no engine endpoints: not in a tier, not in discovery. */
  readonly kind?: 'engine' | 'platform';
  /** Runs once: its state per symbol, or its feed, must not be shared out among replicas. */
  readonly singleton?: boolean;
  /** Clients come in here: with API_AUTH_MODE=edge this part asks for API keys as soon as there are any. */
  readonly edge?: boolean;
  readonly settings?: S;
  /** Rules between settings; a text is the problem. */
  readonly check?: (settings: SettingsValues<S>) => true | string;
  readonly consumes?: readonly ConsumptionDeclaration<EngineContext<S, State, M>>[];
  /** Topic patterns, beside those that every engine publishes about itself. */
  readonly publishes?: readonly string[];
  readonly needs: readonly Need[];
  readonly metrics?: M;
  /**
   * Warm-up: builds the engine's state after buses and store are up (or given up on) and before consumers start.
   * A throw is a failed start.
   */
  readonly start?: (context: EngineContext<S, undefined, M>) => State | Promise<State>;
  /**
   * Called just before the consumers start, which with turns may be long after `start`: the place to give the state back
   * that an earlier process saved. A throw is a failed start.
   */
  readonly resume?: (context: EngineContext<S, State, M>) => void | Promise<void>;
  /** Called once every consumer and route runs. For producers: replay, feeds, heartbeats. */
  readonly ready?: (context: EngineContext<S, State, M>) => void | Promise<void>;
  /** Called after consumers stopped and before bus and store close: the place to save state. */
  readonly stop?: (context: EngineContext<S, State, M>) => void | Promise<void>;
  readonly routes?: readonly AnyRoute<EngineContext<S, State, M>>[];
  readonly sockets?: readonly SocketDeclaration<EngineContext<S, State, M>>[];
  /** Parts of the path space answered without a schema: proxies and static files. */
  readonly mounts?: readonly MountDeclaration<EngineContext<S, State, M>>[];
  readonly jobs?: Readonly<Record<string, JobDeclaration<EngineContext<S, State, M>>>>;
  /** For a part that measures others: what `/metrics?target=…` answers, 503 when the target does not. */
  readonly scrape?: (target: string, context: EngineContext<S, State, M>) => Promise<{ readonly up: boolean; readonly text: string }>;
  /** Fields that `/health` shows beside the common ones. */
  readonly health?: (context: EngineContext<S, State, M>) => Readonly<Record<string, unknown>>;
}

export interface ConsumptionDeclaration<Context> {
  readonly topic: string;
  /** One of `handler` and `batch`. */
  readonly handler?: (message: Message, context: Context, delivery: DeliveryContext) => void | Promise<void>;
  readonly batch?: (messages: readonly Message[], context: Context, delivery: DeliveryContext) => void | Promise<void>;
  /** Default 1: strict order. Above 1, order holds per topic. */
  readonly concurrency?: number;
  /** See `Consumption.lingerMs`. */
  readonly lingerMs?: number;
  /** A second group of the same engine, named `<engine>-<suffix>`: a slow sink must not delay the rest. */
  readonly groupSuffix?: string;
  /** Each replica reads everything (websocket) instead of sharing the work. */
  readonly perReplica?: boolean;
  /** Also what is addressed to other engines: for those that show or record the traffic. */
  readonly anyTarget?: boolean;
  /** Where the group goes on when the state that it feeds was saved; asked after `resume`. One per group. */
  readonly resumeFrom?: (context: Context) => ResumePoints | undefined;
  /** Reads on this bus alone, wherever else the topics are met. */
  readonly bus?: BusName;
  /** Also what this engine published itself (a persisting sink of an own topic). */
  readonly includeOwn?: boolean;
}

export interface SocketDeclaration<Context> {
  /** `/ws/vpin/{symbol}` */
  readonly path: string;
  readonly summary: string;
  /** Subprotocols offered; the first one the client knows is chosen. */
  readonly protocols?: readonly string[];
  readonly connect: (
    socket: WebSocket,
    request: { readonly params: Readonly<Record<string, string>>; readonly query: URLSearchParams; readonly clientIp: string; readonly principal: Principal | undefined; readonly raw: IncomingMessage },
    context: Context,
  ) => void;
}

export interface MountDeclaration<Context> {
  /** Matches the path itself and everything below it. */
  readonly prefix: string;
  readonly summary: string;
  readonly handle: (request: IncomingMessage, response: ServerResponse, context: Context) => void | Promise<void>;
  /** A WebSocket upgrade below the prefix. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer, context: Context) => void;
}

export type SettingsValues<S extends SettingsShape> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** A declaration whose types are forgotten: what tools, the runtime and local composition handle. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- variance: a handler of a known context is stored where the context is unknown
export type AnyEngine = EngineDeclaration<any, any, any>;

const BRAND = Symbol.for('nautilus.engine');

/** Checks what types cannot say, and marks the declaration so that local composition finds it in a module. */
export function defineEngine<const S extends SettingsShape, State, const M extends MetricDeclarations>(
  declaration: EngineDeclaration<S, State, M>,
): EngineDeclaration<S, State, M> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(declaration.name)) {
    throw new Error(`engine name "${declaration.name}" is not kebab case`);
  }
  for (const consumption of declaration.consumes ?? []) {
    if ((consumption.handler === undefined) === (consumption.batch === undefined)) {
      throw new Error(`${declaration.name} consumes ${consumption.topic} with exactly one of handler and batch`);
    }
  }
  return Object.freeze(Object.assign(declaration, { [BRAND]: true }));
}

export function isEngine(value: unknown): value is AnyEngine {
  return typeof value === 'object' && value !== null && Reflect.get(value, BRAND) === true;
}
