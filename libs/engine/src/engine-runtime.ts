import { asNautilusError, BUSES, isoFromMs, NotFoundError, topics, TransientError, type BusName } from '@nautilus/model';
import type { Bus, Subscription } from '@nautilus/bus';
import { absentBus, absentStore } from './absent.ts';
import { createTimers, type OwnedTimers } from './ambient.ts';
import { backOffMs } from './back-off.ts';
import type { Composition, RunningJobs, StoreLease } from './composition.ts';
import { consumptionsOf } from './consumption.ts';
import type { AnyEngine, Need } from './declaration.ts';
import { DependencyProbes } from './dependency-probes.ts';
import { createProvenanceTracker, engineBus } from './engine-bus.ts';
import type { AnyContext } from './http/dependencies.ts';
import type { HealthProblem, Phase } from './http/health-source.ts';
import { PublicationTally, publicationsOf } from './http/publication-tally.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { identityOf } from './identity.ts';
import { unknownKind } from './jobs/job-values.ts';
import { createEngineMetrics, type EngineMetrics } from './metrics.ts';
import { shownConfig } from './parse-settings.ts';
import type { Turn } from './turn.ts';

const PROBE_EVERY_MS = 1_000;
const HEALTH_EVERY_MS = 10_000;
const TURN_LOOK_MS = 1_000;
/** A start that has waited so long for a bus goes on without it: degraded, and connected when the bus comes. */
const BUS_WAIT_MS = 10_000;

/** The buses that an engine connects to: those of its architecture and those it names; a platform part only the latter. */
function busesOf(declaration: AnyEngine, architecture: Composition['architecture']): readonly BusName[] {
  const named: Readonly<Partial<Record<Need, BusName>>> = { 'bus:marketdata': 'marketdata', 'bus:logic': 'engine_logic', 'bus:neural': 'neural_gpu' };
  const wanted = new Set<BusName | undefined>(declaration.needs.map((need) => named[need]));
  if (declaration.kind !== 'platform') {
    wanted.add('marketdata').add('engine_logic');
    if (architecture === 'triple_bus') wanted.add('neural_gpu');
  }
  return (Object.keys(BUSES) as BusName[]).filter((bus) => wanted.has(bus));
}

/** One engine from its first listening socket to its last flush. `listen`, then `start`, then `stop`, each once. */
export class EngineRuntime {
  readonly declaration: AnyEngine;
  /** Filled in place while the engine starts; complete once it is ready. */
  readonly context: AnyContext;
  readonly #composition: Composition;
  readonly #buses: readonly BusName[];
  readonly #timers: OwnedTimers;
  readonly #ending = new AbortController();
  readonly #probes: DependencyProbes;
  readonly #metrics: EngineMetrics;
  readonly #publications: PublicationTally;
  readonly #http: HttpServer;
  readonly #subscriptions: Subscription[] = [];
  readonly #startedAtMs: number;
  readonly #startedAtMonotonic: number;
  #phase: Phase = 'starting';
  #bus: Bus | undefined;
  #store: StoreLease | undefined;
  #jobs: RunningJobs | undefined;
  #stateBuilt = false;
  #reads = false;
  #turning = false;
  #starting: Promise<void> | undefined;
  #draining: Promise<void> | undefined;
  #stopping: Promise<boolean> | undefined;

  constructor(declaration: AnyEngine, composition: Composition) {
    const { ambient, settings, architecture, log } = composition;
    this.declaration = declaration;
    this.#composition = composition;
    this.#buses = busesOf(declaration, architecture);
    this.#timers = createTimers(ambient.delay, (error) => this.context.log.error({ error }, 'a timer of the engine threw'));
    this.#startedAtMs = ambient.clock.now();
    this.#startedAtMonotonic = ambient.clock.monotonic();
    this.#metrics = createEngineMetrics({ declarations: declaration.metrics ?? {}, architecture, buses: this.#counted(), monotonic: () => ambient.clock.monotonic() });
    this.#publications = new PublicationTally(publicationsOf(declaration), architecture);
    this.#probes = new DependencyProbes({
      buses: this.#buses,
      busEnabled: settings.shared.busEnabled,
      transport: composition.bus.transport,
      storeNeeded: declaration.needs.includes('store'),
      hardware: composition.hardware,
      clock: ambient.clock,
    });
    const identity = identityOf(declaration, composition);
    this.context = {
      engine: identity,
      settings: settings.own,
      state: undefined,
      clock: ambient.clock,
      timers: this.#timers,
      newId: ambient.newId,
      random: ambient.random,
      bus: absentBus(),
      store: absentStore(identity.engine),
      jobs: noJobs,
      metrics: this.#metrics.declared,
      log: log.child({ engine: identity.engine }),
      provenance: createProvenanceTracker(),
      signal: this.#ending.signal,
      dataDirectory: composition.dataDirectory,
    };
    this.#http = createHttpServer({
      declaration,
      context: this.context,
      health: { phase: () => this.#phase, probes: () => this.#probes.current },
      metrics: this.#metrics,
      settings: {
        rateLimit: settings.shared.apiRateLimit,
        apiKeys: settings.shared.apiKeys,
        authMode: settings.shared.apiAuthMode,
        trustedProxies: settings.shared.trustedProxies,
        ...(settings.shared.serviceToken === undefined ? {} : { serviceToken: settings.shared.serviceToken }),
      },
      configForInfo: () => ({ ...shownConfig(declaration, settings) }),
      subscriptions: () => this.#subscriptions,
      publications: () => this.#publications.view(),
      startedAt: this.#startedAtMs,
    });
  }

  /** Those of the architecture, and what a platform part reads beside them. */
  #counted(): readonly BusName[] {
    const always: readonly BusName[] = ['marketdata', 'engine_logic'];
    return [...always, ...this.#buses.filter((bus) => !always.includes(bus))];
  }

  get phase(): Phase {
    return this.#phase;
  }

  get url(): string {
    return `http://localhost:${this.context.engine.port}`;
  }

  /** Answers `/health` with `starting` from here on. Rejects when the port cannot be had. */
  async listen(): Promise<void> {
    const port = await this.#http.listen(this.#composition.port);
    this.#fill({ engine: identityOf(this.declaration, { ...this.#composition, port }) });
    const { tlsPort, tlsCertificateFile: certificateFile, tlsKeyFile: keyFile } = this.#composition.settings.shared;
    if (this.declaration.edge === true && certificateFile !== undefined && keyFile !== undefined) {
      const secure = await this.#http.listenTls({ port: tlsPort, certificateFile, keyFile });
      this.context.log.info({ port: secure }, 'serving over TLS');
    }
    this.#timers.every(PROBE_EVERY_MS, () => this.#probe());
  }

  /** Resolves when the engine is ready or degraded. A rejection is a failed start; `stop` then tidies up. */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      if (this.#phase === 'starting') this.#setPhase('failed');
      throw error;
    });
    return this.#starting;
  }

  /**
   * Ends in order: probes are told, work in hand is finished and acknowledged, state is saved, sockets and HTTP are
   * closed, bus and database are flushed. True when nothing was lost on the way.
   */
  stop(deadlineMs: number): Promise<boolean> {
    this.#stopping ??= this.#stop(this.context.clock.monotonic() + deadlineMs);
    return this.#stopping;
  }

  /**
   * The first part of the end: probes are told and given time to hear it, then producers stop. Consumers go on, so
   * that in a shared process what was published last is still handled.
   */
  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  async #drain(): Promise<void> {
    const served = this.#phase === 'ready' || this.#phase === 'degraded';
    // What never became ready stays `starting` for those who ask: it has no state to answer with.
    if (served) {
      this.#setPhase('draining');
      this.#http.sendAway();
      await this.#timers.delay(this.#composition.drainWaitMs);
    }
    this.#ending.abort();
    await this.#starting?.catch(() => undefined);
  }

  async #start(): Promise<void> {
    const { context, declaration } = this;
    context.log.debug({}, 'starting');
    await Promise.all([this.#openBus(), this.#openStore()]);
    this.#alive();
    this.#jobs = declaration.jobs === undefined ? undefined : await this.#composition.makeJobs({ identity: context.engine, declarations: declaration.jobs, context, log: context.log });
    this.#alive();
    if (this.#jobs !== undefined) this.#fill({ jobs: this.#jobs });
    const state: unknown = await declaration.start?.(context);
    this.#fill({ state });
    this.#stateBuilt = true;
    this.#alive();
    const { turn } = this.#composition;
    const waiting = turn?.active() === false;
    if (!waiting) await this.#consume();
    this.#alive();
    await this.#probes.refresh();
    this.#alive();
    this.#settle();
    if (!waiting) await declaration.ready?.(context);
    if (turn !== undefined) this.#timers.every(TURN_LOOK_MS, () => this.#followTurn(turn));
    this.#timers.every(HEALTH_EVERY_MS, () => this.#publishHealth());
    await this.#publishHealth();
  }

  async #consume(): Promise<void> {
    await this.declaration.resume?.(this.context);
    this.#reads = true;
    const { universalBusClient: universal } = this.#composition.settings.shared;
    for (const consumption of consumptionsOf(this.declaration, this.context.engine, { universal, context: this.context, provenance: this.context.provenance })) {
      this.#subscriptions.push(await this.#busOf().consume(consumption));
    }
  }

  /** Begins to read when the turn comes, and ends the process when it is over and may be left. */
  async #followTurn(turn: Turn): Promise<void> {
    if (this.#turning || this.#ending.signal.aborted) return;
    this.#turning = true;
    try {
      const active = turn.active();
      if (active && !this.#reads) {
        this.context.log.info({}, 'the turn of this process: it reads the buses');
        await this.#consume();
        await this.declaration.ready?.(this.context);
      } else if (!active && this.#reads && (await turn.mayLeave(this.context.engine.engineId))) {
        this.context.log.info({}, 'the turn is over: this process ends, and waits when it starts again');
        turn.retire();
      }
    } finally {
      this.#turning = false;
    }
  }

  #fill(parts: Partial<AnyContext>): void {
    Object.assign(this.context, parts);
  }

  #busOf(): Bus {
    return this.#bus ?? this.context.bus;
  }

  /** Throws when the engine was told to stop while it starts. */
  #alive(): void {
    if (this.#ending.signal.aborted) throw new TransientError('stopped while starting');
  }

  async #openBus(): Promise<void> {
    const { context } = this;
    const composition = this.#composition;
    if (!composition.settings.shared.busEnabled || this.#buses.length === 0) return;
    const { engine, instance, port, architecture, version } = context.engine;
    this.#bus = composition.bus.make({ identity: { engine, instance, port, architecture, version }, buses: this.#buses, observer: this.#metrics.bus, log: context.log });
    this.#probes.watchBus(this.#bus);
    this.#fill({ bus: engineBus(this.#bus, context.provenance, (topic) => this.#publications.count(topic)) });
    const until = context.clock.monotonic() + BUS_WAIT_MS;
    for (let attempt = 1; ; attempt += 1) {
      this.#alive();
      const { buses } = await this.#probes.refresh();
      if (buses.every((bus) => bus.connected)) return;
      if (context.clock.monotonic() >= until) return context.log.warn({}, 'starting without a bus that does not answer');
      await this.#pause(backOffMs(attempt, context.random, 50, 1_000));
    }
  }

  /** Waits without end: an engine that needs the database cannot begin without it or with an older schema. */
  async #openStore(): Promise<void> {
    const { context } = this;
    if (!this.declaration.needs.includes('store')) return;
    let told = '';
    for (let attempt = 1; ; attempt += 1) {
      this.#alive();
      const problem = await this.#tryStore();
      if (problem === undefined) break;
      this.#probes.storeUnusable(problem);
      if (problem !== told) context.log.warn({ attempt }, `waiting: ${problem}`);
      told = problem;
      await this.#pause(backOffMs(attempt, context.random));
    }
  }

  /** Undefined when the store can be used; else what is in the way. */
  async #tryStore(): Promise<string | undefined> {
    try {
      this.#store ??= await this.#composition.openStore();
      const { store } = this.#store;
      const { found, expected } = await store.schemaVersion();
      if (found === undefined) return 'the database has no schema yet; the migrator makes it';
      if (found < expected) return `the database has schema ${found} and this build needs ${expected}; the migrator brings it`;
      this.#fill({ store });
      this.#probes.watchStore(store);
      return undefined;
    } catch (error) {
      // Waiting does not mend a wrong address or a damaged folder.
      if (asNautilusError(error)?.kind === 'config') throw error;
      this.context.log.debug({ error }, 'the database cannot be used yet');
      return 'the database does not answer';
    }
  }

  #pause(delayMs: number): Promise<void> {
    return this.#timers.delay(delayMs, this.#ending.signal);
  }

  async #probe(): Promise<void> {
    const before = this.#probes.current.problems;
    const { problems } = await this.#probes.refresh();
    if (this.#phase !== 'ready' && this.#phase !== 'degraded') return;
    for (const problem of problems.filter((p) => !before.some((known) => known.dependency === p.dependency))) this.#raise(problem);
    for (const gone of before.filter((p) => !problems.some((still) => still.dependency === p.dependency))) {
      this.context.log.info({ dependency: gone.dependency }, 'a dependency is back');
    }
    this.#settle();
  }

  #raise({ dependency, message, since }: HealthProblem): void {
    const { log, bus, engine } = this.context;
    log.warn({ dependency }, message);
    const payload = { engine: engine.engine, engine_id: engine.engineId, severity: 'warning', dependency, message, since: isoFromMs(since) };
    // The bus keeps it until it can be sent; when its buffer is full the log still has it.
    bus.publish(topics.errorAlert.of(engine.engine), payload).catch((error: unknown) => log.warn({ error }, 'the alert was not sent'));
  }

  #settle(): void {
    const phase = this.#probes.current.problems.length === 0 ? 'ready' : 'degraded';
    if (phase !== this.#phase) this.#setPhase(phase);
  }

  #setPhase(phase: Phase): void {
    const before = this.#phase;
    this.#phase = phase;
    this.#probes.touch();
    const { log, clock } = this.context;
    if (before === 'starting' && phase !== 'failed') log.info({ port: this.context.engine.port, start_ms: Math.round(clock.monotonic() - this.#startedAtMonotonic) }, phase);
    else log.info({}, phase);
  }

  async #publishHealth(): Promise<void> {
    const { engine, clock, bus, log } = this.context;
    const { buses, problems, databaseConnected, busEnabled } = this.#probes.current;
    const degraded = this.#phase === 'degraded';
    const payload = {
      engine: engine.engine, engine_id: engine.engineId, port: engine.port, architecture: engine.architecture, version: engine.version,
      status: degraded ? 'degraded' : 'operational', health: degraded ? 'unhealthy' : 'healthy',
      uptime_seconds: (clock.monotonic() - this.#startedAtMonotonic) / 1_000, timestamp: isoFromMs(clock.now()),
      messagebus_enabled: busEnabled, messagebus_connected: busEnabled && buses.every((probe) => probe.connected),
      database_connected: databaseConnected, problems: problems.map((p) => ({ ...p, since: isoFromMs(p.since) })),
    };
    await bus.publish(topics.engineHealth.of(engine.engine), payload).catch((error: unknown) => log.debug({ error }, 'health was not sent'));
  }

  async #stop(until: number): Promise<boolean> {
    const { context, declaration } = this;
    const remaining = (): number => Math.max(0, until - context.clock.monotonic());
    let clean = true;
    const step = async (what: string, run: () => unknown): Promise<void> => {
      try {
        await run();
      } catch (error) {
        clean = false;
        context.log.error({ error }, `ending: ${what} failed`);
      }
    };
    await this.drain();
    await step('the consumers', () => Promise.all(this.#subscriptions.map((subscription) => subscription.close(remaining()))));
    await step('the turn', () => this.#composition.turn?.close());
    await step('the jobs', () => this.#jobs?.close(remaining()));
    if (this.#stateBuilt) await step('the engine', () => declaration.stop?.(context));
    await step('HTTP', () => this.#http.close(remaining()));
    await step('the bus', () => this.#bus?.close(remaining()));
    await step('the database', () => this.#store?.release(remaining()));
    this.#timers.close();
    if (this.#phase !== 'failed') this.#setPhase('stopped');
    return clean;
  }
}

/** The jobs of an engine that declares none. */
const noJobs: AnyContext['jobs'] = {
  submit: (kind) => Promise.reject(unknownKind(kind, {})),
  get: () => Promise.resolve(undefined),
  cancel: () => Promise.resolve(undefined),
  result: (id) => Promise.reject(new NotFoundError('job', `no completed job ${id}`)),
};

/** Listens and starts. When the start fails, what was opened is closed and the error is thrown. */
export async function startEngine(declaration: AnyEngine, composition: Composition): Promise<EngineRuntime> {
  const runtime = new EngineRuntime(declaration, composition);
  try {
    await runtime.listen();
    await runtime.start();
    return runtime;
  } catch (error) {
    await runtime.stop(composition.settings.shared.shutdownTimeoutMs);
    throw error;
  }
}
