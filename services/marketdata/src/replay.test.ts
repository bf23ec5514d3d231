import { beforeEach, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { asNautilusError, nsFromMs, wireJson } from '@nautilus/model';
import { FakeClock } from '@nautilus/testkit';
import { knownAtMs, type MarketEvent } from './events.ts';
import { Library } from './recordings/library.ts';
import { JUMPED_GAP_MS, Replay, type ReplayOptions, type ReplayStatus } from './replay.ts';

const DATA = fileURLToPath(new URL('../../../data', import.meta.url));
const at = (text: string): number => Date.parse(text);

/** A replay whose time moves only when nothing else is left to do, or not at all. */
class Stage {
  readonly clock = new FakeClock(at('2025-01-01T00:00:00Z'));
  readonly taken: { readonly item: MarketEvent; readonly atMs: number }[] = [];
  readonly log: string[] = [];
  readonly states: ReplayStatus[] = [];
  failure: unknown;
  isFull = false;
  #replay: Replay | undefined;
  #runs = 0;
  #waiting: { readonly untilMs: number; readonly resolve: () => void }[] = [];
  #room: (() => void)[] = [];

  async open(options: Partial<ReplayOptions> = {}): Promise<Replay> {
    const library = await Library.open(DATA, ({ message }) => { throw new Error(message); });
    this.#replay = await Replay.create(library, {
      monotonic: () => this.clock.monotonic(),
      nowNs: () => nsFromMs(this.clock.now()),
      delay: (ms, signal) => this.#delay(ms, signal),
      breathe: () => nextTurn(),
      newId: () => `run-${(this.#runs += 1)}`,
      sink: {
        begin: () => void this.log.push('begin'),
        take: (item) => void this.taken.push({ item, atMs: this.clock.monotonic() }),
        endSession: () => void this.log.push('end of session'),
        isFull: () => this.isFull,
        room: (signal) => new Promise((resolve) => {
          this.#room.push(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        }),
      },
      onChange: (status) => void this.states.push(status),
      onFailure: (error) => { this.failure = error; },
    }, { speed: 0, loop: false, prerollSessions: 1, from: undefined, to: undefined, ...options });
    return this.#replay;
  }

  /** Lets time pass in the steps the replay waits for, for at most `ms`. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.monotonic() + ms;
    for (;;) {
      await this.settle();
      // A session is being read: it takes turns of the loop, but no time on the stage.
      if (this.#waiting.length === 0 && this.#replay?.status().state === 'playing') continue;
      const next = Math.min(...this.#waiting.map(({ untilMs }) => untilMs));
      if (next > end) break;
      this.clock.advance(Math.max(0, next - this.clock.monotonic()));
      for (const waiter of this.#waiting.filter(({ untilMs }) => untilMs <= this.clock.monotonic())) waiter.resolve();
    }
    this.clock.advance(end - this.clock.monotonic());
    await this.settle();
  }

  /** Until the replay neither sends nor reads files any more without time passing. */
  async settle(): Promise<void> {
    for (let quiet = 0, before = -1; quiet < 30; quiet += 1) {
      await nextTurn();
      if (this.taken.length !== before) quiet = 0;
      before = this.taken.length;
    }
  }

  async until(replay: Replay, state: ReplayStatus['state']): Promise<void> {
    for (let turn = 0; replay.status().state !== state; turn += 1) {
      if (turn > 200_000) throw new Error(`stays ${replay.status().state}`);
      await nextTurn();
    }
  }

  free(): void {
    this.isFull = false;
    for (const resolve of this.#room.splice(0)) resolve();
  }

  #delay(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter = {
        untilMs: this.clock.monotonic() + ms,
        resolve: (): void => {
          this.#waiting = this.#waiting.filter((other) => other !== waiter);
          resolve();
        },
      };
      this.#waiting.push(waiter);
      signal.addEventListener('abort', waiter.resolve, { once: true });
    });
  }
}

const AIG = { from: '2013-10-09T13:30:00Z', to: '2013-10-09T14:00:00Z', symbols: ['AIG'] };
let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

describe('a replay', () => {
  it('takes the newest session with recorded trades unless told otherwise', async () => {
    const replay = await stage.open();
    expect(replay.status()).toMatchObject({
      state: 'idle', from: '2013-10-11T08:01:00.000Z', position: '2013-10-11T08:01:00.000Z', symbols: ['IBM', 'AIG', 'BAC', 'SPY'], run_id: null, events_sent: 0,
    });
    expect(replay.status().sessions.map(({ date }) => date)).toEqual([
      '2013-10-07', '2013-10-08', '2013-10-09', '2013-10-10', '2013-10-11', '2014-06-05', '2014-06-06', '2014-06-09',
    ]);
    expect(replay.status().sessions[0]).toMatchObject({ trades: 24_293, symbols: ['AIG', 'BAC', 'IBM', 'SPY'] });
  });

  it('sends every recorded trade and quote of a session once, in order of time, and never rewrites event time', async () => {
    const replay = await stage.open({ from: '2013-10-07', to: '2013-10-07', prerollSessions: 0 });
    await replay.control({ symbols: ['IBM'], state: 'playing' });
    await stage.until(replay, 'finished');
    const count = (type: string): number => stage.taken.filter(({ item }) => item.type === type).length;
    expect([count('trade'), count('quote'), count('bar')]).toEqual([24_293, 109_067, 0]);
    expect(replay.status()).toMatchObject({ events_total: 133_360, events_sent: 133_360, progress: 1 });
    const times = stage.taken.map(({ item }) => knownAtMs(item));
    expect(times.every((time, index) => index === 0 || time >= (times[index - 1] ?? 0))).toBe(true);
    expect(new Set(stage.taken.map(({ item }) => `${item.type}${'seq' in item.event ? item.event.seq : ''}`)).size).toBe(133_360);
    expect(stage.taken.every(({ item }) => item.event.provenance === 'replay' && item.event.run_id === 'run-1')).toBe(true);
  });

  it('gives byte-equal sequences at speed 0, however often it runs', async () => {
    const sequence = async (): Promise<string> => {
      const own = new Stage();
      const replay = await own.open();
      await replay.control({ from: '2013-10-09', to: '2013-10-09', state: 'playing' });
      await own.until(replay, 'finished');
      return own.taken.map(({ item }) => wireJson(item)).join('\n');
    };
    const first = await sequence();
    expect(first.length).toBeGreaterThan(10_000_000);
    expect((await sequence()) === first).toBe(true);
  });

  it('keeps event time and real time in step at N×', async () => {
    const replay = await stage.open({ speed: 60 });
    await replay.control({ ...AIG, state: 'playing' });
    await stage.until(replay, 'playing');
    const preroll = stage.taken.length;
    await stage.pass(10_000);
    const sent = stage.taken.slice(preroll);
    for (const { item, atMs } of sent) {
      const dueMs = (knownAtMs(item) - at(AIG.from)) / 60;
      expect(atMs).toBeGreaterThanOrEqual(dueMs - 1e-6);
      // The longest wait: nothing may come later than that after it was due.
      expect(atMs).toBeLessThanOrEqual(dueMs + 101);
    }
    expect(at(replay.status().position ?? '') - at(AIG.from)).toBeGreaterThan(595_000);
    expect(at(replay.status().position ?? '') - at(AIG.from)).toBeLessThanOrEqual(600_000 + 6_100);
    await replay.stop();
  });

  it('sends nothing while paused, and continues where it stopped without catching up', async () => {
    const replay = await stage.open({ speed: 60 });
    await replay.control({ ...AIG, state: 'playing' });
    await stage.until(replay, 'playing');
    await stage.pass(5_000);
    await replay.control({ state: 'paused' });
    await stage.settle();
    expect(replay.status().state).toBe('paused');
    const before = { count: stage.taken.length, position: replay.status().position };
    await stage.pass(600_000);
    expect({ count: stage.taken.length, position: replay.status().position }).toEqual(before);
    await replay.control({ state: 'playing' });
    await stage.pass(1_000);
    const moved = at(replay.status().position ?? '') - at(before.position ?? '');
    expect(moved).toBeGreaterThan(50_000);
    expect(moved).toBeLessThan(67_000);
    expect(replay.status().run_id).toBe('run-1');
    await replay.stop();
  });

  it('changes speed in the middle without a jump', async () => {
    const replay = await stage.open({ speed: 60 });
    await replay.control({ ...AIG, state: 'playing' });
    await stage.until(replay, 'playing');
    await stage.pass(5_000);
    const before = at(replay.status().position ?? '');
    await replay.control({ speed: 1 });
    await stage.pass(10_000);
    expect(at(replay.status().position ?? '') - before).toBeLessThan(11_000);
    await replay.control({ speed: 0 });
    await stage.until(replay, 'finished');
    expect(replay.status().events_sent).toBe(replay.status().events_total);
  });

  it('seeks with a new run that first sends the session before, then all up to the position', async () => {
    const replay = await stage.open({ speed: 60 });
    await replay.control({ symbols: ['AIG'], from: '2013-10-09', to: '2013-10-09', state: 'paused' });
    const status = await replay.control({ positionMs: at('2013-10-09T15:00:00Z') });
    expect(status).toMatchObject({ state: 'seeking', run_id: 'run-1', position: '2013-10-09T15:00:00.000Z' });
    await stage.until(replay, 'paused');
    await stage.settle();
    const times = stage.taken.map(({ item }) => knownAtMs(item));
    expect(times[0]).toBeLessThan(at('2013-10-08T13:30:00Z'));
    expect(Math.max(...times)).toBeLessThan(at('2013-10-09T15:00:00Z'));
    expect(stage.log).toEqual(['begin', 'end of session']);
    expect(replay.status()).toMatchObject({ state: 'paused', position: '2013-10-09T15:00:00.000Z' });

    const before = stage.taken.length;
    await replay.control({ state: 'playing', positionMs: at('2013-10-09T14:00:00Z') });
    await stage.until(replay, 'playing');
    expect(replay.status().run_id).toBe('run-2');
    expect(stage.taken[before]?.item.event.run_id).toBe('run-2');
    expect(knownAtMs(stage.taken[before]?.item as MarketEvent)).toBe(times[0]);
    await replay.stop();
  });

  it('sends each event once where the preroll meets the position', async () => {
    const replay = await stage.open({ speed: 0 });
    await replay.control({ symbols: ['AIG'], from: '2013-10-08', to: '2013-10-09', state: 'playing', positionMs: at('2013-10-09T15:00:00.123Z') });
    await stage.until(replay, 'finished');
    const keys = stage.taken.map(({ item }) => `${item.type}:${'seq' in item.event ? item.event.seq : ''}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBe(replay.status().events_total);
  });

  it('jumps over silences of more than five minutes, and over nights, at finite speeds', async () => {
    const replay = await stage.open({ speed: 1_000, prerollSessions: 0 });
    await replay.control({ symbols: ['AIG'], from: '2013-10-08T23:00:00Z', to: '2013-10-09T13:30:00Z', state: 'playing' });
    await stage.until(replay, 'playing');
    await stage.pass(120_000);
    expect(replay.status().state).toBe('finished');
    const gaps = stage.taken.slice(1).map(({ item, atMs }, index) => ({
      event: knownAtMs(item) - knownAtMs(stage.taken[index]?.item as MarketEvent), real: atMs - (stage.taken[index]?.atMs ?? 0),
    }));
    const night = gaps.reduce((most, gap) => (gap.event > most.event ? gap : most));
    expect(night.event).toBeGreaterThan(8 * 3_600_000);
    expect(night.real).toBeLessThan(1);
    expect(gaps.filter(({ event }) => event <= JUMPED_GAP_MS).every(({ event, real }) => real <= event / 1_000 + 101)).toBe(true);
  });

  it('begins anew with another run when it loops', async () => {
    const replay = await stage.open({ loop: true });
    await replay.control({ symbols: ['AIG'], from: '2013-10-08T13:30:00Z', to: '2013-10-08T13:31:00Z', state: 'playing' });
    while (new Set(stage.taken.map(({ item }) => item.event.run_id)).size < 3) await nextTurn();
    await replay.control({ loop: false });
    await stage.until(replay, 'finished');
    const runs = Map.groupBy(stage.taken, ({ item }) => item.event.run_id);
    expect([...runs.keys()].slice(0, 3)).toEqual(['run-1', 'run-2', 'run-3']);
    expect(runs.get('run-2')?.map(({ item }) => knownAtMs(item))).toEqual(runs.get('run-1')?.map(({ item }) => knownAtMs(item)));
  });

  it('begins at the start again when it is played after its end, also with other symbols', async () => {
    const replay = await stage.open({ prerollSessions: 0 });
    const range = { from: '2013-10-08T13:30:00Z', to: '2013-10-08T13:31:00Z' };
    await replay.control({ ...range, symbols: ['AIG'], state: 'playing' });
    await stage.until(replay, 'finished');
    const first = stage.taken.length;
    await replay.control({ state: 'playing' });
    await stage.until(replay, 'finished');
    expect(stage.taken.length).toBe(2 * first);
    await replay.control({ symbols: ['IBM'], state: 'playing' });
    await stage.until(replay, 'finished');
    expect(replay.status().events_sent).toBe(replay.status().events_total);
  });

  it('waits for consumers, and a seek does not wait for them', async () => {
    const replay = await stage.open();
    stage.isFull = true;
    await replay.control({ ...AIG, state: 'playing' });
    // Files are read on other threads, which quiet turns of the event loop do not wait for.
    while (stage.taken.length === 0) await nextTurn();
    await stage.settle();
    const count = stage.taken.length;
    expect(count).toBeLessThan(100);
    await stage.settle();
    expect(stage.taken.length).toBe(count);
    await replay.control({ positionMs: at('2013-10-09T13:45:00Z') });
    expect(replay.status()).toMatchObject({ state: 'seeking', run_id: 'run-2' });
    stage.free();
    await stage.until(replay, 'finished');
    expect(stage.failure).toBeUndefined();
  });

  it('passes over symbols that nobody wants, and begins anew when that changes', async () => {
    const replay = await stage.open();
    await replay.mute(new Set(['IBM']));
    await replay.control({ from: '2013-10-08T13:30:00Z', to: '2013-10-08T13:32:00Z', symbols: ['AIG', 'IBM'], state: 'playing' });
    await stage.until(replay, 'finished');
    expect(new Set(stage.taken.map(({ item }) => item.event.symbol))).toEqual(new Set(['AIG']));
    expect(replay.status().progress).toBe(1);
    await replay.control({ speed: 1, state: 'playing' });
    await stage.until(replay, 'playing');
    await replay.mute(new Set());
    await stage.until(replay, 'playing');
    expect(stage.taken.at(-1)?.item.event.run_id).toBe('run-3');
    expect(stage.taken.some(({ item }) => item.event.run_id === 'run-3' && item.event.symbol === 'IBM')).toBe(true);
    await replay.stop();
  });
});

describe('a command that cannot be obeyed', () => {
  const refusal = async (command: Parameters<Replay['control']>[0]): Promise<[string | undefined, ReplayStatus, ReplayStatus]> => {
    const replay = await stage.open();
    const before = replay.status();
    const error = await replay.control(command).catch((reason: unknown) => reason);
    return [asNautilusError(error)?.type, before, replay.status()];
  };

  it.each<[string, Parameters<Replay['control']>[0], string]>([
    ['an unknown symbol', { symbols: ['NOPE'], speed: 5 }, '/problems/unknown-symbol'],
    ['no symbol', { symbols: [] }, '/problems/invalid-input'],
    ['a position before the range', { positionMs: at('2013-10-10T15:00:00Z') }, '/problems/invalid-input'],
    ['a position after the range', { positionMs: at('2013-10-12T15:00:00Z') }, '/problems/invalid-input'],
    ['a range without recordings', { from: '2013-10-12T12:00:00Z', to: '2013-10-13T00:00:00Z' }, '/problems/invalid-input'],
    ['a range that ends before it begins', { from: '2013-10-11', to: '2013-10-07' }, '/problems/invalid-input'],
    ['a range in a silence', { from: '2013-10-08T02:00:00Z', to: '2013-10-08T02:01:00Z' }, '/problems/invalid-input'],
    ['no time', { from: 'yesterday' }, '/problems/invalid-input'],
  ])('%s is refused and changes nothing', async (_what, command, type) => {
    const [refused, before, after] = await refusal(command);
    expect(refused).toBe(type);
    expect(after).toEqual(before);
  });

  it('other symbols move the range to where they are recorded', async () => {
    const replay = await stage.open();
    expect(await replay.control({ symbols: ['AAPL'] })).toMatchObject({ symbols: ['AAPL'], from: '2014-06-09T08:01:00.000Z', state: 'idle' });
  });
});
