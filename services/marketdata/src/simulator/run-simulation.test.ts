import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startForTest, type TestEngine } from '@nautilus/testkit';
import { topics } from '@nautilus/model';
import type { Context } from '../context.ts';
import { marketdata } from '../engine.ts';

let engine: TestEngine<Context>;
beforeAll(async () => {
  engine = await startForTest(marketdata, { settings: { MARKETDATA_REPLAY_AUTOSTART: '0', DBNOMICS_ENABLED: '0' } }) as unknown as TestEngine<Context>;
});
afterAll(() => engine.stop());

describe('/simulate', () => {
  it('sends a session on request, marked for what it is down to its bars and the store', async () => {
    const heard = await engine.listen(topics.marketData.all);
    const { body } = await engine.request.post('/simulate').send({ symbol: 'demo', date: '2013-10-08', seed: 3, trades_per_minute: 1 }).expect(202);
    await eventually(async () => expect((await engine.request.get((body as { status_url: string }).status_url).expect(200)).body).toMatchObject({ status: 'completed', progress: 1 }));
    const own = (kind: string) => heard.filter(({ topic }) => topic === `market_data.${kind}.DEMO`);
    await eventually(async () => {
      const { body: stored } = await engine.request.get('/data/DEMO?data_type=tick&limit=1000&from=2013-10-08T00:00:00Z').expect(200);
      expect(stored).toMatchObject({ provenance: 'simulated' });
      // A mean of 390, and all of them.
      expect(stored.data.length).toBeGreaterThan(300);
      expect(own('tick')).toHaveLength(stored.data.length);
    });
    await eventually(() => expect(own('bar').length).toBeGreaterThan(100));
    expect(new Set(heard.filter(({ topic }) => topic.endsWith('.DEMO')).map(({ provenance }) => provenance))).toEqual(new Set(['simulated']));
  });

  it('refuses a recorded symbol, a day without a session and impossible numbers', async () => {
    await engine.request.post('/simulate').send({ symbol: 'IBM', date: '2013-10-08' }).expect(409);
    await engine.request.post('/simulate').send({ symbol: 'DEMO', date: '2013-10-05' }).expect(422);
    await engine.request.post('/simulate').send({ symbol: 'DEMO', date: '2013-10-08', alpha: 0.9 }).expect(422);
  });
});
