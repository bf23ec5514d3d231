import { afterAll, describe, expect, it } from '@jest/globals';
import { allOperational, engines, health, kubectl, measured, rolledOut, soon, sql } from './cluster.ts';

/** Sources of this run: the cluster may have seen another one. */
const run = Date.now().toString(36);
const database = `e2e-database-${run}`;
const bus = `e2e-bus-${run}`;

/** A trade that no other test sends. */
const trades = (source: string, from: number, count: number): object[] =>
  Array.from({ length: count }, (_, i) => ({
    symbol: 'E2EF', data_type: 'tick', source, provenance: 'simulated', timestamp: new Date(Date.UTC(2025, 0, 2, 15) + (from + i) * 10).toISOString(), data: { price: 100 + ((from + i) % 7) / 100, size: 100 },
  }));

async function ingest(data: object[]): Promise<number> {
  const response = await fetch('http://localhost:8800/data/ingest', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ data }) });
  if (!response.ok) throw new Error(`ingest answered ${response.status}`);
  return ((await response.json()) as { accepted: number }).accepted;
}

const stored = async (source: string): Promise<number> => Number(await sql(`select count(*) from market_ticks where source = '${source}'`));

describe('the loss of a part', () => {
  afterAll(() => soon(allOperational));

  it('of one engine leaves all others operational', async () => {
    const others = (await engines()).filter(({ name }) => name !== 'vpin');
    await kubectl('scale', 'deployment/nautilus-vpin-engine', '--replicas=0');
    await kubectl('wait', '--for=delete', 'pod', '--selector=app.kubernetes.io/component=vpin', '--timeout=90s');
    for (const { port } of others) expect([port, (await health(port)).status]).toEqual([port, 'operational']);
    // Its twin on three buses answers for both.
    const answer = await fetch('http://localhost:8001/api/vpin/health');
    expect([answer.status, ((await answer.json()) as { port: number }).port]).toEqual([200, 10002]);
    await kubectl('scale', 'deployment/nautilus-vpin-engine', '--replicas=1');
    await rolledOut('deployment/nautilus-vpin-engine');
    await soon(allOperational);
  });

  it('of the database makes engines degraded, and nothing accepted is missing after its return', async () => {
    expect(await ingest(trades(database, 0, 500))).toBe(500);
    await kubectl('scale', 'statefulset/nautilus-postgres', '--replicas=0');
    await soon(async () => expect((await health(8800)).status).toBe('degraded'));
    expect((await health(8800)).problems.map(({ dependency }) => dependency)).toContain('database');
    expect((await fetch('http://localhost:8800/health/ready')).status).toBe(503);
    expect((await fetch('http://localhost:8800/health/ready?scope=traffic')).status).toBe(200);
    expect(await ingest(trades(database, 500, 500))).toBe(500);
    await kubectl('scale', 'statefulset/nautilus-postgres', '--replicas=1');
    await rolledOut('statefulset/nautilus-postgres');
    await soon(allOperational);
    await soon(async () => expect(await stored(database)).toBe(1_000));
  });

  it('20: of a bus makes engines degraded and keeps them answering; then they recover by themselves', async () => {
    await kubectl('scale', 'statefulset/nautilus-marketdata-redis', '--replicas=0');
    await soon(async () => expect((await health(8500)).status).toBe('degraded'));
    for (const { port } of await engines()) {
      expect([port, (await fetch(`http://localhost:${port}/health`)).status]).toEqual([port, 200]);
      expect([port, (await fetch(`http://localhost:${port}/health/ready?scope=traffic`)).status]).toEqual([port, 200]);
    }
    // What is sent now is accepted when the bus has it, so the answer waits for the bus.
    const sending = ingest(trades(bus, 0, 200));
    await kubectl('scale', 'statefulset/nautilus-marketdata-redis', '--replicas=1');
    await rolledOut('statefulset/nautilus-marketdata-redis');
    const back = performance.now();
    await soon(allOperational);
    measured(`engines are operational ${((performance.now() - back) / 1_000).toFixed(1)} s after their bus is ready`);
    expect(await sending).toBe(200);
    await soon(async () => expect(await stored(bus)).toBe(200));
  });
});
