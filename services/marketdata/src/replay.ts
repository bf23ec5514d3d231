import { InvalidInputError, isoFromMs, type EpochMs, type EpochNs } from '@nautilus/model';
import type { MarketEvent } from './events.ts';
import { firstAt, type MergedSession } from './merge.ts';
import type { Library, SessionPlan } from './recordings/library.ts';
import { checkedPosition, planRange, planSymbols, prerollFrom, sessionsIn, type ReplayRange } from './replay-plan.ts';

export interface ReplayPorts {
  /** Milliseconds that never go backwards. */
  readonly monotonic: () => number;
  readonly nowNs: () => EpochNs;
  /** Resolves after the delay, or at once when the signal ends. */
  readonly delay: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Lets requests and timers of this process run. */
  readonly breathe: () => Promise<void>;
  readonly newId: () => string;
  readonly sink: ReplaySink;
  /** State, speed or position was changed by a command or by reaching an end. */
  readonly onChange: (status: ReplayStatus) => void;
  /** The run ended by a defect; the replay is paused. */
  readonly onFailure: (error: unknown) => void;
}

/** Where replayed events go. */
interface ReplaySink {
  begin(): void;
  take(item: MarketEvent): void;
  endSession(): void;
  isFull(): boolean;
  /** Resolves when the buses accept more, or when the signal ends. */
  room(signal: AbortSignal): Promise<void>;
}

export type ReplayState = 'idle' | 'playing' | 'paused' | 'seeking' | 'finished';

export interface ReplayStatus {
  readonly state: ReplayState;
  readonly speed: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly position: string | null;
  /** Most recorded trades first. */
  readonly symbols: readonly string[];
  readonly loop: boolean;
  readonly events_total: number;
  readonly events_sent: number;
  readonly run_id: string | null;
  readonly progress: number;
  readonly sessions: readonly { readonly date: string; readonly symbols: readonly string[]; readonly trades: number; readonly quotes: number; readonly bars: number; readonly books: number }[];
}

export interface ReplayCommand {
  readonly state?: 'playing' | 'paused' | undefined;
  readonly speed?: number | undefined;
  readonly positionMs?: EpochMs | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly symbols?: readonly string[] | undefined;
  readonly loop?: boolean | undefined;
}

export interface ReplayOptions {
  readonly speed: number;
  readonly loop: boolean;
  readonly prerollSessions: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** A silence of all symbols longer than this (event time) is jumped over at finite speeds: nights and quiet evenings. */
export const JUMPED_GAP_MS = 5 * 60_000;
/** Longest stretch of work without letting the rest of the process run. */
const SLICE_MS = 8;
const EVENTS_PER_LOOK = 32;
const LONGEST_WAIT_MS = 100;
const LONGEST_PAUSE_MS = 60_000;

interface Run {
  readonly id: string;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** A stretch of event time, sent as fast as it is accepted (`fast`) or at the speed set. */
interface Leg {
  readonly fromMs: EpochMs;
  /** Exclusive in a fast leg, which ends where the next begins; inclusive otherwise. */
  readonly toMs: EpochMs;
  readonly fast: boolean;
}

/**
 * Replays recordings: merged by (time, source, sequence), never rewritten. Every start, seek and loop is a run
 * with an id of its own that first sends what came before the position (`seeking`), so that consumers are in the
 * right state, and then goes on at the speed asked. Speed 0 sends as fast as the buses accept.
 */
export class Replay {
  readonly #library: Library;
  readonly #ports: ReplayPorts;
  readonly #prerollSessions: number;
  #range: ReplayRange | undefined;
  #state: ReplayState = 'idle';
  #wanted: 'playing' | 'paused' = 'paused';
  #speed: number;
  #loop: boolean;
  #positionMs: EpochMs | null = null;
  #sent = 0;
  /** Events of the range that lie behind, muted ones included. */
  #passed = 0;
  #total = 0;
  #seekProgress = 0;
  #run: Run | undefined;
  /** Ends whatever the run waits for, because something changed. */
  #wake = new AbortController();
  #anchor = { eventMs: 0, monotonicMs: 0 };
  #muted: ReadonlySet<string> = new Set();
  #turn: Promise<void> = Promise.resolve();
  #overdueMs = 0;

  private constructor(library: Library, ports: ReplayPorts, options: ReplayOptions, range: ReplayRange | undefined, total: number) {
    this.#library = library;
    this.#ports = ports;
    this.#prerollSessions = options.prerollSessions;
    this.#speed = options.speed;
    this.#loop = options.loop;
    this.#range = range;
    this.#positionMs = range?.fromMs ?? null;
    this.#total = total;
  }

  /** Throws as `planRange` does when the options name what is not recorded. */
  static async create(library: Library, ports: ReplayPorts, options: ReplayOptions): Promise<Replay> {
    const range = planRange(library, { from: options.from, to: options.to, symbols: undefined });
    return new Replay(library, ports, options, range, range === undefined ? 0 : await countEvents(library, range));
  }

  status(): ReplayStatus {
    const range = this.#range;
    const inRange = range === undefined ? [] : sessionsIn(range);
    return {
      state: this.#state, speed: this.#speed, loop: this.#loop, run_id: this.#run?.id ?? null,
      from: range === undefined ? null : isoFromMs(range.fromMs), to: range === undefined ? null : isoFromMs(range.toMs),
      position: this.#positionMs === null ? null : isoFromMs(this.#positionMs),
      symbols: range?.chosen ?? this.#mostTradedFirst(inRange),
      events_total: this.#total, events_sent: this.#sent,
      progress: this.#state === 'seeking' ? this.#seekProgress : this.#total === 0 ? 0 : Math.min(1, this.#passed / this.#total),
      sessions: this.#library.sessions().map(({ date, symbols, trades, quotes, bars, books }) => ({ date, symbols, trades, quotes, bars, books })),
    };
  }

  /** A chart that shows the first symbol shall have trades to show. */
  #mostTradedFirst(sessions: ReturnType<typeof sessionsIn>): readonly string[] {
    const dates = new Set(sessions.map(({ date }) => date));
    const trades = new Map<string, number>();
    for (const { kind, symbol, session, rows } of this.#library.entries) {
      if (kind === 'trade' && session !== null && dates.has(session)) trades.set(symbol, (trades.get(symbol) ?? 0) + rows);
    }
    const symbols = [...new Set(sessions.flatMap((session) => session.symbols))].sort();
    return symbols.sort((a, b) => (trades.get(b) ?? 0) - (trades.get(a) ?? 0));
  }

  /** Event time by which the next event is overdue, in seconds; 0 when nothing is due. */
  lagSeconds(): number {
    return this.#state === 'playing' ? this.#overdueMs / 1000 : 0;
  }

  /**
   * Symbols that are passed over although they are recorded: nobody is subscribed to them. A run under way begins
   * anew at its position, so that no bar is built from half of its trades.
   */
  async mute(symbols: ReadonlySet<string>): Promise<void> {
    await this.#inTurn(async () => {
      if (symbols.size === this.#muted.size && [...symbols].every((symbol) => this.#muted.has(symbol))) return;
      this.#muted = symbols;
      if (this.#range === undefined || this.#positionMs === null || this.#state === 'idle' || this.#state === 'finished') return;
      await this.#restart(this.#range, this.#positionMs);
      this.#changed();
    });
  }

  /**
   * Applies what is given; the rest stays. Everything is checked before anything changes: NotFoundError for an
   * unknown symbol, InvalidInputError for a range or a position where nothing is recorded. Commands wait for
   * each other.
   */
  async control(command: ReplayCommand): Promise<ReplayStatus> {
    return await this.#inTurn(() => this.#apply(command));
  }

  /** Ends the run and waits for it. */
  async stop(): Promise<void> {
    const run = this.#run;
    run?.abort.abort();
    this.#wake.abort();
    await run?.done;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.then(() => undefined, () => undefined);
    return await turn;
  }

  async #apply(command: ReplayCommand): Promise<ReplayStatus> {
    const replans = command.from !== undefined || command.to !== undefined || command.symbols !== undefined;
    const range = replans ? this.#replan(command) : this.#range;
    if (range !== undefined && command.positionMs !== undefined) checkedPosition(range, command.positionMs);
    const total = range !== undefined && replans ? await countEvents(this.#library, range) : this.#total;
    if (replans && total === 0) throw new InvalidInputError([{ path: 'from', message: 'nothing is recorded in this range' }]);
    this.#range = range;
    this.#total = total;
    this.#loop = command.loop ?? this.#loop;
    this.#speed = command.speed ?? this.#speed;
    if (command.state !== undefined) this.#wanted = command.state;
    await this.#act(command, replans);
    this.#changed();
    return this.status();
  }

  async #act(command: ReplayCommand, replans: boolean): Promise<void> {
    const range = this.#range;
    if (range === undefined) return;
    const before = this.#state === 'finished' ? null : this.#positionMs;
    const kept = before !== null && before >= range.fromMs && before <= range.toMs ? before : range.fromMs;
    if (command.positionMs !== undefined) await this.#restart(range, command.positionMs);
    else if (replans && this.#state !== 'idle') await this.#restart(range, command.from === undefined ? kept : range.fromMs);
    else if (replans) this.#positionMs = range.fromMs;
    else if (command.state === 'playing' && (this.#state === 'idle' || this.#state === 'finished')) await this.#restart(range, range.fromMs);
    if (command.state === 'playing' && this.#state === 'idle') await this.#restart(range, this.#positionMs ?? range.fromMs);
    this.#reanchor();
  }

  /** One end alone derives the other; other symbols keep the range, unless nothing of them is recorded there. */
  #replan({ from, to, symbols }: ReplayCommand): ReplayRange | undefined {
    const before = this.#range;
    const chosen = symbols ?? before?.chosen;
    if (from !== undefined || to !== undefined || before === undefined) return planRange(this.#library, { from, to, symbols: chosen });
    const same = { ...planSymbols(this.#library, chosen), fromMs: before.fromMs, toMs: before.toMs };
    return sessionsIn(same).length > 0 ? same : planRange(this.#library, { from, to, symbols: chosen });
  }

  async #restart(range: ReplayRange, positionMs: EpochMs): Promise<void> {
    await this.stop();
    this.#wake = new AbortController();
    const abort = new AbortController();
    this.#begin(positionMs);
    this.#run = { id: this.#ports.newId(), abort, done: this.#rounds(range, positionMs, abort.signal) };
  }

  #begin(positionMs: EpochMs): void {
    this.#positionMs = positionMs;
    this.#sent = 0;
    this.#passed = 0;
    this.#seekProgress = 0;
    this.#state = 'seeking';
    this.#ports.sink.begin();
  }

  async #rounds(range: ReplayRange, positionMs: EpochMs, signal: AbortSignal): Promise<void> {
    try {
      // The run's id must be in place before its first event.
      await this.#ports.breathe();
      await this.#round(range, positionMs, signal);
      while (this.#loop && !signal.aborted) {
        await this.#ports.breathe();
        if (this.#run !== undefined) this.#run = { ...this.#run, id: this.#ports.newId() };
        this.#begin(range.fromMs);
        this.#changed();
        await this.#round(range, range.fromMs, signal);
      }
      if (!signal.aborted) this.#enter('finished');
    } catch (error) {
      this.#wanted = 'paused';
      this.#enter('paused');
      this.#ports.onFailure(error);
    }
  }

  async #round(range: ReplayRange, positionMs: EpochMs, signal: AbortSignal): Promise<void> {
    const fromMs = prerollFrom(range, positionMs, this.#prerollSessions);
    if (fromMs < positionMs) await this.#leg(range, { fromMs, toMs: positionMs, fast: true }, signal);
    if (signal.aborted) return;
    this.#seekProgress = 1;
    this.#passed = await countEvents(this.#library, { ...range, toMs: positionMs - 1 });
    this.#enter(this.#wanted);
    this.#reanchor();
    await this.#leg(range, { fromMs: positionMs, toMs: range.toMs, fast: false }, signal);
  }

  async #leg(range: ReplayRange, leg: Leg, signal: AbortSignal): Promise<void> {
    const sessions = range.sessions.filter(({ firstMs, lastMs }) => lastMs >= leg.fromMs && firstMs <= leg.toMs);
    for (const plan of sessions) {
      if (signal.aborted) return;
      const merged = await this.#library.merged(plan);
      const from = firstAt(merged.times, leg.fromMs);
      const to = leg.fast ? firstAt(merged.times, leg.toMs) : firstAt(merged.times, leg.toMs + 0.001);
      await this.#send(merged, from, to, range, leg, signal);
      // What the position cuts through goes on in the next leg.
      if (to === merged.times.length && !signal.aborted) this.#ports.sink.endSession();
    }
  }

  async #send(merged: MergedSession, from: number, to: number, range: ReplayRange, leg: Leg, signal: AbortSignal): Promise<void> {
    let next = from;
    while (next < to && !signal.aborted) {
      if (!leg.fast && this.#wanted === 'paused') {
        await this.#pause(signal);
        continue;
      }
      const start = this.#ports.monotonic();
      const due = leg.fast || this.#speed === 0 ? Infinity : this.#dueAt(start);
      next = this.#slice(merged, next, to, due, range, leg);
      if (next > from && !leg.fast) this.#positionMs = merged.times[next - 1] ?? this.#positionMs;
      this.#overdueMs = due === Infinity || next >= to ? 0 : Math.max(0, due - (merged.times[next] ?? due));
      if (leg.fast) this.#seekProgress = Math.min(1, ((merged.times[next - 1] ?? leg.fromMs) - leg.fromMs) / (leg.toMs - leg.fromMs));
      if (this.#ports.sink.isFull()) await this.#ports.sink.room(signal);
      await this.#rest(merged.times[next], due, next < to);
    }
  }

  /** Sends what is due, for at most a slice of time; gives the index after the last event sent. */
  #slice(merged: MergedSession, from: number, to: number, due: number, range: ReplayRange, leg: Leg): number {
    const end = this.#ports.monotonic() + SLICE_MS;
    const stamp = { runId: this.#run?.id ?? '', ingestNs: this.#ports.nowNs() };
    let next = from;
    while (next < to && (merged.times[next] ?? Infinity) <= due) {
      const muted = this.#muted.has(merged.symbolAt(next));
      if (!muted) this.#ports.sink.take(merged.make(next, stamp));
      if (!leg.fast) this.#passed += 1;
      if (!muted && (merged.times[next] ?? 0) >= range.fromMs) this.#sent += 1;
      next += 1;
      if ((next - from) % EVENTS_PER_LOOK === 0 && (this.#ports.sink.isFull() || this.#ports.monotonic() >= end)) break;
    }
    return next;
  }

  async #rest(nextMs: number | undefined, due: number, more: boolean): Promise<void> {
    if (!more || nextMs === undefined || nextMs <= due) return await this.#ports.breathe();
    const quietSince = this.#positionMs ?? nextMs;
    if (nextMs - quietSince > JUMPED_GAP_MS) {
      this.#anchor = { eventMs: nextMs, monotonicMs: this.#ports.monotonic() };
      return;
    }
    await this.#ports.delay(Math.min(LONGEST_WAIT_MS, Math.max(1, (nextMs - due) / this.#speed)), this.#wake.signal);
  }

  async #pause(signal: AbortSignal): Promise<void> {
    this.#enter('paused');
    while (this.#wanted === 'paused' && !signal.aborted) await this.#ports.delay(LONGEST_PAUSE_MS, this.#wake.signal);
    if (signal.aborted) return;
    this.#enter('playing');
    this.#reanchor();
  }

  #dueAt(monotonicMs: number): EpochMs {
    return this.#anchor.eventMs + (monotonicMs - this.#anchor.monotonicMs) * this.#speed;
  }

  /** The schedule begins anew at the position: after a pause, another speed, a jump. */
  #reanchor(): void {
    this.#anchor = { eventMs: this.#positionMs ?? 0, monotonicMs: this.#ports.monotonic() };
  }

  #enter(state: ReplayState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#ports.onChange(this.status());
  }

  #changed(): void {
    this.#wake.abort();
    this.#wake = new AbortController();
    this.#ports.onChange(this.status());
  }
}

/** Events inside the range; sessions that it cuts through are read to count them. */
async function countEvents(library: Library, range: ReplayRange): Promise<number> {
  let total = 0;
  for (const plan of sessionsIn(range)) total += await countIn(library, plan, range);
  return total;
}

async function countIn(library: Library, plan: SessionPlan, { fromMs, toMs }: ReplayRange): Promise<number> {
  if (plan.firstMs >= fromMs && plan.lastMs <= toMs) return plan.trades + plan.quotes + plan.bars + plan.books;
  const { times } = await library.merged(plan);
  return firstAt(times, toMs + 0.001) - firstAt(times, fromMs);
}
