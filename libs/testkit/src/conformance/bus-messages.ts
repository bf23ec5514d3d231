import { topics, type Message } from '@nautilus/model';
import type { Bus } from '@nautilus/bus';

/** The topic of most messages in the suite. */
export const tick = topics.marketData.tick.of('IBM');

/** The payloads, which most messages of the suite are numbered by. */
export const numbers = (messages: readonly Message[]): unknown[] => messages.map((message) => message.payload);

/** The whole numbers from `from` to before `to`. */
export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Publishes the numbers of the range without waiting between them. */
export const publishAll = (bus: Bus, topic: string, from: number, to: number): Promise<void[]> =>
  Promise.all(range(from, to).map((i) => bus.publish(topic, i)));
