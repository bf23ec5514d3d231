import { compareEntryIds, type DeliveryContext, type Lane, type ResumePoints } from '@nautilus/bus';
import type { BusName, Message } from '@nautilus/model';

/** The newest entry of a lane that was handled, at least in part, and the messages of it that were. */
interface LanePosition {
  readonly id: string;
  readonly handled: readonly string[];
}

export interface StreamPositionsState {
  /** In lanes that are not named, entries from this time on are unhandled. Milliseconds since the epoch. */
  readonly sinceMs: number;
  readonly lanes: Readonly<Partial<Record<BusName, Readonly<Partial<Record<Lane, LanePosition>>>>>>;
}

type Delivery = Pick<DeliveryContext, 'bus' | 'lane' | 'entryId'>;

/** How far a consumer has come in each lane, to the message: what a saved state stands for. */
export class StreamPositions {
  #sinceMs: number;
  readonly #lanes = new Map<BusName, Map<Lane, { id: string; handled: string[] }>>();

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  /** Retried and replayed messages come at any time and move nothing. */
  note({ message_id: messageId, replayed }: Message, { bus, lane, entryId }: Delivery): void {
    if (lane === 'RETRY' || replayed) return;
    let lanes = this.#lanes.get(bus);
    if (lanes === undefined) this.#lanes.set(bus, (lanes = new Map()));
    const position = lanes.get(lane);
    if (position === undefined) lanes.set(lane, { id: entryId, handled: [messageId] });
    else if (position.id === entryId) position.handled.push(messageId);
    else {
      position.id = entryId;
      position.handled = [messageId];
    }
  }

  /** Lanes without a message so far are known to have none of before this time. */
  passed(timeMs: number): void {
    this.#sinceMs = Math.max(this.#sinceMs, timeMs);
  }

  snapshot(): StreamPositionsState {
    const lanes = [...this.#lanes].map(([bus, own]) => [bus, Object.fromEntries([...own].map(([lane, { id, handled }]) => [lane, { id, handled: [...handled] }]))] as const);
    return { sinceMs: this.#sinceMs, lanes: Object.fromEntries(lanes) };
  }

  static restore({ sinceMs, lanes }: StreamPositionsState): StreamPositions {
    const positions = new StreamPositions(sinceMs);
    for (const [bus, own] of Object.entries(lanes) as [BusName, Record<Lane, LanePosition>][]) {
      positions.#lanes.set(bus, new Map((Object.entries(own) as [Lane, LanePosition][]).map(([lane, { id, handled }]) => [lane, { id, handled: [...handled] }])));
    }
    return positions;
  }
}

/** True when the message is one of those that the state stands for. */
export function isHandled({ lanes }: StreamPositionsState, { message_id: messageId, replayed }: Message, { bus, lane, entryId }: Delivery): boolean {
  const position = lane === 'RETRY' || replayed ? undefined : lanes[bus]?.[lane];
  if (position === undefined) return false;
  const order = compareEntryIds(entryId, position.id);
  return order < 0 || (order === 0 && position.handled.includes(messageId));
}

/** Undefined when no lane is left. */
export function withoutLane({ sinceMs, lanes }: StreamPositionsState, { bus, lane: passed }: Pick<Delivery, 'bus' | 'lane'>): StreamPositionsState | undefined {
  const left = Object.entries(lanes).map(([name, own]) => [name, Object.fromEntries(Object.entries(own).filter(([lane]) => name !== bus || lane !== passed))] as const);
  return left.every(([, own]) => Object.keys(own).length === 0) ? undefined : { sinceMs, lanes: Object.fromEntries(left) };
}

/** For each lane the state that is further. */
export function furthest(a: StreamPositionsState, b: StreamPositionsState): StreamPositionsState {
  const lanes: Partial<Record<BusName, Partial<Record<Lane, LanePosition>>>> = {};
  for (const { lanes: some } of [a, b]) {
    for (const [bus, own] of Object.entries(some) as [BusName, Record<Lane, LanePosition>][]) {
      const known = (lanes[bus] ??= {});
      for (const [lane, position] of Object.entries(own) as [Lane, LanePosition][]) {
        const other = known[lane];
        if (other === undefined || isFurther(position, other)) known[lane] = position;
      }
    }
  }
  return { sinceMs: a.sinceMs, lanes };
}

function isFurther(a: LanePosition, b: LanePosition): boolean {
  const order = compareEntryIds(a.id, b.id);
  return order > 0 || (order === 0 && a.handled.length > b.handled.length);
}

/** The newest entry of each lane is delivered again, because some of its messages may be unhandled. */
export function resumePointsOf({ sinceMs, lanes }: StreamPositionsState): ResumePoints {
  const entries = Object.entries(lanes).map(([bus, own]) => [bus, Object.fromEntries(Object.entries(own).map(([lane, { id }]) => [lane, id]))] as const);
  return { sinceMs, entries: Object.fromEntries(entries) };
}
