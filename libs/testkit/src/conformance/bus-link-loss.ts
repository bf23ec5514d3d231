import { expect, it } from '@jest/globals';
import { TransientError, topics, type Message } from '@nautilus/model';
import type { Bus, BusOptions } from '@nautilus/bus';
import { eventually } from '../eventually.ts';
import { numbers, publishAll, range, tick } from './bus-messages.ts';

/** What these tests need of the suite around them. */
interface LinkLossParts {
  readonly harness: () => { cut(): Promise<void>; heal(): Promise<void>; loseData(): Promise<void> };
  readonly client: (engine: string, more?: Partial<BusOptions>) => Bus;
  readonly listen: (bus: Bus, patterns: readonly string[]) => Promise<Message[]>;
}

/** The promises of contract.md, section 4.6, for a bus whose server goes away and comes back. */
export function linkLossConformance({ harness, client, listen }: LinkLossParts): void {
  it('loses nothing accepted when the link is cut and healed under load', async () => {
    const publisher = client('marketdata', { bufferSize: 100_000 });
    const bus = client('vpin');
    const got = await listen(bus, [topics.marketData.all]);
    await publishAll(publisher, tick, 0, 100);
    await harness().cut();
    const during = publishAll(publisher, tick, 100, 400);
    await eventually(() => expect(publisher.status()[0]?.connected).toBe(false));
    await eventually(() => expect(publisher.status()[0]?.buffered).toBeGreaterThan(0));
    await harness().heal();
    await during;
    await publishAll(publisher, tick, 400, 500);
    await eventually(() => expect(new Set(numbers(got)).size).toBe(500), { deadlineMs: 20_000 });
    expect(got.length).toBe(500);
    await eventually(() => expect(publisher.status()[0]).toMatchObject({ connected: true, buffered: 0 }));
    expect(publisher.status()[0]?.reconnects).toBeGreaterThanOrEqual(1);
  });

  it('bounds what it holds for a lost bus: the oldest of the lowest lane goes, and its publisher is told', async () => {
    const publisher = client('vpin', { bufferSize: 10 });
    const got = await listen(client('risk'), [topics.errorAlert.all, topics.engineHealth.all]);
    await publisher.publish(topics.errorAlert.of('x'), 'before');
    await eventually(() => expect(got.length).toBe(1));
    await harness().cut();
    await eventually(() => expect(publisher.status().find((s) => s.bus === 'engine_logic')?.connected).toBe(false));
    const low = range(0, 8).map((i) => publisher.publish(topics.engineHealth.of('x'), i));
    const urgent = range(0, 5).map((i) => publisher.publish(topics.errorAlert.of('x'), i));
    const outcomes = Promise.allSettled([...low, ...urgent]);
    await eventually(() => expect(publisher.status().find((s) => s.bus === 'engine_logic')).toMatchObject({ dropped: 3, buffered: 10 }));
    await harness().heal();
    const settled = await outcomes;
    expect(settled.map((o) => o.status)).toEqual([...Array(3).fill('rejected'), ...Array(10).fill('fulfilled')]);
    expect((settled[0] as PromiseRejectedResult).reason).toBeInstanceOf(TransientError);
    await eventually(() => expect(got.length).toBe(11), { deadlineMs: 20_000 });
  });

  it('makes its groups anew after the server lost its data', async () => {
    const bus = client('vpin');
    const got = await listen(bus, [topics.marketData.all]);
    const publisher = client('marketdata');
    await publisher.publish(tick, 'before');
    await eventually(() => expect(got.length).toBe(1));
    await harness().loseData();
    await eventually(() => expect(publisher.status()[0]?.connected).toBe(true));
    await publisher.publish(tick, 'after');
    await eventually(() => expect(numbers(got)).toEqual(['before', 'after']), { deadlineMs: 20_000 });
  });
}
