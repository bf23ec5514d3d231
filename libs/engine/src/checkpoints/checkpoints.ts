import { compareEntryIds, type DeliveryContext, type ResumePoints } from '@nautilus/bus';
import { asNautilusError, type Clock, type Message } from '@nautilus/model';
import type { Store } from '@nautilus/store';
import type { Logger } from '../log.ts';
import { decodeState, encodeState } from './state-codec.ts';
import { furthest, isHandled, resumePointsOf, StreamPositions, withoutLane, type StreamPositionsState } from './stream-positions.ts';

/** What an engine saves: a state per key (a symbol, say), and one that is common to all keys. */
export interface CheckpointedState {
  /** Undefined for a key whose state is gone. */
  readonly snapshot: (key: string) => unknown;
  /** False when the state is of no use to this program or its settings: the key then begins anew. */
  readonly restore: (key: string, state: unknown) => boolean;
  readonly snapshotCommon: () => unknown;
  readonly restoreCommon: (state: unknown) => void;
}

export interface CheckpointSurroundings {
  /** Under which the states are stored. */
  readonly engine: string;
  readonly store: Pick<Store, 'snapshots'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** No key of an engine's own is written so. */
const COMMON = '*';
/** A message that waits longer than this, in a lane that brought none before, may be left out after a restart. */
const LONGEST_LAG_MS = 60_000;

/**
 * State in memory that outlives its process. What the bus delivers goes through `take`; `save` writes each key that
 * changed with the exact point of the streams that it stands for; after a restart `load` gives them back, and the
 * consumer group goes on from the oldest of those points; `take` is false for what a key's saved state knows already. So
 * each message has its effect on the state once, wherever the process was killed.
 *
 * After `take` a handler changes the state before its first `await`: a saving in between would see half of it.
 */
export class Checkpoints {
  readonly #state: CheckpointedState;
  readonly #around: CheckpointSurroundings;
  readonly #changed = new Set<string>();
  /** Of keys that were restored further than the group has come again. */
  readonly #ahead = new Map<string, StreamPositionsState>();
  #positions: StreamPositions;
  #restored: StreamPositionsState;
  /** The newest point that any restored state stands for; lanes that have passed it are gone. */
  #behind: StreamPositionsState | undefined;
  #resumePoints: ResumePoints | undefined;
  #isLoaded = false;
  #saving: Promise<void> = Promise.resolve();

  constructor(state: CheckpointedState, around: CheckpointSurroundings) {
    this.#state = state;
    this.#around = around;
    this.#positions = new StreamPositions(around.clock.now());
    this.#restored = this.#positions.snapshot();
  }

  /** Where the consumer group goes on; undefined before `load`. */
  get resumePoints(): ResumePoints | undefined {
    return this.#resumePoints;
  }

  /**
   * True when the message is to have its effect on the key's state now; false when the state has it already. Either way
   * it is part of the state from here on. Called once per message, when it is known to be valid.
   */
  take(key: string, message: Message, delivery: DeliveryContext): boolean {
    const known = this.#isKnown(key, message, delivery);
    this.#positions.note(message, delivery);
    if (!known) this.#changed.add(key);
    return !known;
  }

  #isKnown(key: string, message: Message, delivery: DeliveryContext): boolean {
    const behind = this.#behind?.lanes[delivery.bus]?.[delivery.lane];
    if (this.#behind === undefined || behind === undefined) return false;
    if (compareEntryIds(delivery.entryId, behind.id) > 0) {
      this.#behind = withoutLane(this.#behind, delivery);
      return false;
    }
    const ahead = this.#ahead.get(key);
    return isHandled(this.#restored, message, delivery) || (ahead !== undefined && isHandled(ahead, message, delivery));
  }

  /** For a message of the group that concerns no key. */
  note(message: Message, delivery: DeliveryContext): void {
    this.#positions.note(message, delivery);
  }

  /** For changes that no message made: the key is saved with the next saving. */
  touch(key: string): void {
    this.#changed.add(key);
  }

  /**
   * Gives back what was saved. Called before the consumers start. Rejects with TransientError while the database is away:
   * going on without the state would count messages twice or not at all.
   */
  async load(): Promise<void> {
    const { engine, store, log } = this.#around;
    const common = await store.snapshots.get(engine, COMMON);
    const saved = common === undefined ? undefined : (decodeState(common.state) as { readonly positions: StreamPositionsState; readonly state: unknown } | undefined);
    if (saved === undefined) {
      if (common !== undefined) log.error({}, 'the saved state is damaged; all begins anew');
      // A first point at once: without it a process that is killed early would leave nothing to go on from.
      await this.#save();
      this.#resumePoints = undefined;
      this.#isLoaded = true;
      return;
    }
    this.#positions = StreamPositions.restore(saved.positions);
    this.#restored = saved.positions;
    this.#resumePoints = resumePointsOf(saved.positions);
    this.#state.restoreCommon(saved.state);
    let restored = 0;
    for (const key of await store.snapshots.keys(engine)) if (key !== COMMON && (await this.#loadKey(key))) restored += 1;
    this.#behind = [...this.#ahead.values()].reduce(furthest, saved.positions);
    this.#isLoaded = true;
    log.info({ keys: restored }, 'the saved state was restored');
  }

  async #loadKey(key: string): Promise<boolean> {
    const { engine, store, log } = this.#around;
    const found = await store.snapshots.get(engine, key);
    if (found === undefined) return false;
    const saved = decodeState(found.state) as { readonly positions: StreamPositionsState; readonly state: unknown } | undefined;
    if (saved === undefined) log.error({ key }, 'the saved state is damaged; it begins anew');
    if (saved?.state === undefined) return false;
    if (this.#state.restore(key, saved.state)) {
      this.#ahead.set(key, saved.positions);
      return true;
    }
    log.info({ key }, 'the saved state is of other settings; it begins anew');
    return false;
  }

  /**
   * Writes every key that changed since it was written last. One saving at a time. Rejects with TransientError. Writes
   * nothing before `load` has succeeded: a process that waits for its turn, or whose start failed, ends without the state
   * of which it would leave an empty one.
   */
  save(): Promise<void> {
    if (!this.#isLoaded) return Promise.resolve();
    const next = this.#saving.catch(() => undefined).then(() => this.#save());
    this.#saving = next;
    return next;
  }

  async #save(): Promise<void> {
    this.#positions.passed(this.#around.clock.now() - LONGEST_LAG_MS);
    // Each state that does not change while this saving runs stands for this point.
    const common = { positions: this.#positions.snapshot(), state: this.#state.snapshotCommon() };
    const keys = [...this.#changed];
    this.#changed.clear();
    try {
      while (keys.length > 0) {
        const key = keys.at(-1);
        if (key !== undefined) await this.#put(key, { positions: this.#reached(key), state: this.#state.snapshot(key) });
        keys.pop();
      }
    } catch (error) {
      for (const key of keys) this.#changed.add(key);
      throw error;
    }
    await this.#put(COMMON, common);
  }

  #reached(key: string): StreamPositionsState {
    const now = this.#positions.snapshot();
    const ahead = this.#ahead.get(key);
    return ahead === undefined ? now : furthest(now, ahead);
  }

  #put(key: string, saved: { readonly positions: StreamPositionsState; readonly state: unknown }): Promise<void> {
    const { engine, store, clock } = this.#around;
    return store.snapshots.put(engine, key, encodeState(saved), JSON.stringify(resumePointsOf(saved.positions).entries), clock.now());
  }
}

/** Saves, and says so instead of failing when the database is away: the next saving takes it along. */
export async function saveOrTell(checkpoints: Checkpoints, log: Logger): Promise<void> {
  try {
    await checkpoints.save();
  } catch (error) {
    if (asNautilusError(error)?.kind !== 'transient') throw error;
    log.warn({ error }, 'the state could not be saved');
  }
}
