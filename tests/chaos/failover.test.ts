import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allOperational, kubectl, measured, redis, RELEASE, rolledOut, soon, sql, upgrade } from '../e2e/cluster.ts';

const SOURCE = `e2e-failover-${Date.now().toString(36)}`;
const FIRST = Date.UTC(2025, 0, 3, 15);
const BATCH = 100;
const BATCHES_PER_SECOND = 20;
const STATEFUL_SET = `${RELEASE}-marketdata-redis`;

/** Trades that VPIN has counted, whatever became of them: what waited for the new primary comes late, and still once. */
const handled = async (): Promise<number> => {
  const text = await (await fetch('http://localhost:10000/metrics')).text();
  return [...text.matchAll(/^nautilus_vpin_trades_total\{outcome="\w+"\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
};
/** How many trades of each batch are stored: a trade is its millisecond. */
const storedPerBatch = async (): Promise<ReadonlyMap<number, number>> => {
  const rows = await sql(`select floor((extract(epoch from time) * 1000 - ${FIRST}) / ${BATCH}), count(*) from market_ticks where source = '${SOURCE}' group by 1`);
  return new Map(rows.split('\n').filter((row) => row !== '').map((row) => row.split('|').map(Number) as [number, number]));
};
const pods = async (role: string): Promise<readonly string[]> => {
  const names = await kubectl('get', 'pods', '--selector', `nautilus.io/redis=marketdata,nautilus.io/role=${role}`, '--output', 'jsonpath={.items[*].metadata.name}');
  return names === '' ? [] : names.split(' ');
};

/** Throws unless one server leads, two follow it, and a Sentinel knows both. */
async function follow(): Promise<void> {
  expect([(await pods('primary')).length, (await pods('replica')).length]).toEqual([1, 2]);
  const [primary = ''] = await pods('primary');
  expect((await redis(primary, 'marketdata', 6380, 'INFO', 'replication')).match(/state=online/g)).toHaveLength(2);
  expect((await kubectl('exec', `${RELEASE}-redis-sentinel-0`, '--', 'redis-cli', '-p', '26379', 'SENTINEL', 'REPLICAS', 'marketdata')).match(/^master-link-status\nok$/gm)).toHaveLength(2);
}

/**
 * 2,000 trades a second, each batch sent again until it is taken; keeps what was acknowledged and the longest time between two
 * acknowledgements. Where the forward to the engine breaks before the answer, the batch may or may not have been taken: it is
 * kept apart and not sent again, because the engine cannot know that it is the same.
 */
class Publisher {
  acknowledged = 0;
  readonly taken: number[] = [];
  readonly unanswered: number[] = [];
  /** Answers other than an acknowledgement, and how often each came. */
  readonly refusals = new Map<string, number>();
  longestGapMs = 0;
  #last = performance.now();
  #next = 0;
  #running = true;
  readonly #done: Promise<void>;

  constructor() {
    this.#done = this.#loop();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#done;
  }

  async #loop(): Promise<void> {
    const began = performance.now();
    const open = new Set<Promise<void>>();
    for (let batch = 0; this.#running; batch += 1) {
      const wait = began + (batch * 1_000) / BATCHES_PER_SECOND - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const sending = this.#send().finally(() => open.delete(sending));
      open.add(sending);
      if (open.size >= 200) await Promise.race(open);
    }
    await Promise.all(open);
  }

  /** The answer when it is no acknowledgement of the whole batch; undefined when the batch needs nothing more. */
  async #offer(batch: number, body: string): Promise<string | undefined> {
    const answer = await fetch('http://localhost:8800/data/ingest', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch(() => undefined);
    if (answer === undefined) {
      this.unanswered.push(batch);
      return undefined;
    }
    const { status, text } = answer;
    if (status !== 200) return `${status} ${text.slice(0, 200)}`;
    const { accepted } = JSON.parse(text) as { accepted: number };
    if (accepted !== BATCH) throw new Error(text.slice(0, 400));
    this.acknowledged += accepted;
    this.taken.push(batch);
    const now = performance.now();
    this.longestGapMs = Math.max(this.longestGapMs, now - this.#last);
    this.#last = now;
    return undefined;
  }

  async #send(): Promise<void> {
    const from = this.#next;
    this.#next += BATCH;
    const data = Array.from({ length: BATCH }, (_, i) => ({
      symbol: 'E2EFO', data_type: 'tick', source: SOURCE, provenance: 'simulated',
      timestamp: new Date(FIRST + from + i).toISOString(), data: { price: 50 + ((from + i) % 9) / 100, size: 100 },
    }));
    const body = JSON.stringify({ data });
    for (;;) {
      const refusal = await this.#offer(from / BATCH, body);
      if (refusal === undefined) return;
      this.refusals.set(refusal, (this.refusals.get(refusal) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

describe('36: the primary of a bus is killed while 2,000 trades a second flow', () => {
  beforeAll(async () => {
    await upgrade('triplebus.marketdataBus.replicas=3', 'api.rateLimit=0');
    await rolledOut(`statefulset/${STATEFUL_SET}`);
    await soon(allOperational);
    await soon(follow);
    await fetch('http://localhost:8800/replay/pause', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  });
  afterAll(async () => {
    await upgrade('triplebus.marketdataBus.replicas=1');
    await soon(allOperational, 240_000);
  });

  it('loses no acknowledged trade and lets none take effect twice', async () => {
    // What the replay sent before is handled first.
    let before = -1;
    await soon(async () => {
      const now = await handled();
      const still = now === before;
      before = now;
      expect(still).toBe(true);
    });
    const publisher = new Publisher();
    const began = performance.now();
    await soon(() => expect(publisher.acknowledged).toBeGreaterThan(20_000));
    const [primary = ''] = await pods('primary');
    const rate = (publisher.acknowledged / (performance.now() - began)) * 1_000;
    await kubectl('delete', 'pod', primary, '--grace-period=0', '--force');
    const atKill = publisher.acknowledged;
    const killed = performance.now();
    await soon(async () => {
      const [now] = await pods('primary');
      expect(now !== undefined && now !== primary).toBe(true);
    });
    const withoutPrimaryMs = performance.now() - killed;
    await soon(() => expect(publisher.acknowledged).toBeGreaterThan(atKill + 20_000));
    await publisher.stop();
    measured(`${rate.toFixed(0)} trades a second were acknowledged before the kill, ${publisher.acknowledged} in all; ${(withoutPrimaryMs / 1_000).toFixed(2)} s from the kill to the next primary, the longest time without an acknowledgement was ${(publisher.longestGapMs / 1_000).toFixed(2)} s; refused: ${JSON.stringify([...publisher.refusals])}; ${publisher.unanswered.length} batches without an answer`);
    await soon(async () => {
      const stored = await storedPerBatch();
      expect(publisher.taken.filter((batch) => stored.get(batch) !== BATCH)).toEqual([]);
      expect([...stored].filter(([, count]) => count > BATCH)).toEqual([]);
      expect((await handled()) - before).toBe([...stored.values()].reduce((sum, count) => sum + count, 0));
    });
  });

  it('has one primary that two replicas follow again', async () => {
    await rolledOut(`statefulset/${STATEFUL_SET}`);
    await soon(follow);
  });
});
