import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import type { Store } from '@nautilus/store';
import type { Context } from './context.ts';
import { marketdata } from './engine.ts';

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);
let store: Store;
let engine: TestEngine<Context>;

beforeAll(async () => {
  store = await openTestStore();
  engine = await startForTest(marketdata, { store, settings: { MARKETDATA_REPLAY_AUTOSTART: '0', DBNOMICS_ENABLED: '0' } }) as unknown as TestEngine<Context>;
  const fact = {
    source: 'edgar', cik: '0001640147', symbol: 'SNOW', taxonomy: 'us-gaap', tag: 'NetIncomeLoss', unit: 'USD', start: day('2023-02-01'), end: day('2024-01-31'), accession: 'a-1', form: '10-K',
    filed: day('2024-03-26'), value: -836e6, ingestedAt: day('2024-06-03'), provenance: 'live' as const,
  };
  await store.reference.appendFacts([fact, { ...fact, accession: 'a-2', form: '10-K/A', filed: day('2024-05-01'), value: -837e6 }]);
  const value = { source: 'dbnomics', series: 'UNRATE', time: day('2024-05-01'), vintage: day('2024-06-03'), value: 4.1, unit: null, period: '2024-05', ingestedAt: day('2024-06-03'), provenance: 'live' as const };
  await store.reference.appendObservations([value, { ...value, source: 'fred', value: 4, period: null, unit: 'Percent' }]);
});
afterAll(async () => {
  await engine.stop();
  await store.close(5_000);
});

describe('/data of companies and series', () => {
  it('gives reported figures by day of filing, as they were known on a day', async () => {
    const { body } = await engine.request.get('/data/SNOW?data_type=fundamental').expect(200);
    expect(body).toMatchObject({ symbol: 'SNOW', provenance: 'live', data: [
      { tag: 'NetIncomeLoss', start: '2023-02-01', end: '2024-01-31', filed: '2024-03-26', value: -836e6, source: 'edgar' }, { form: '10-K/A', filed: '2024-05-01', value: -837e6 },
    ] });
    const before = await engine.request.get('/data/SNOW?data_type=fundamental&as_of=2024-04-30').expect(200);
    expect(before.body.data.map(({ form }: { form: string }) => form)).toEqual(['10-K']);
  });

  it('gives a series of the first source that has it', async () => {
    const { body } = await engine.request.get('/data/UNRATE?data_type=economic').expect(200);
    expect(body.data).toEqual([{ symbol: 'UNRATE', source: 'fred', provenance: 'live', date: '2024-05-01', known_from: '2024-06-03', value: 4, unit: 'Percent', period: null, timestamp: '2024-05-01T00:00:00.000Z', ingested_at: '2024-06-03T00:00:00.000Z' }]);
  });

  it('is empty with a reason for a known symbol, 404 for an unknown one, 422 for a question that makes no sense', async () => {
    expect((await engine.request.get('/data/AAPL?data_type=fundamental').expect(200)).body).toMatchObject({ data: [], reason: 'no_data' });
    await engine.request.get('/data/NOPE?data_type=economic').expect(404);
    await engine.request.get('/data/UNRATE?data_type=economic&as_of=2024-01-01').expect(422);
    await engine.request.get('/data/SNOW?data_type=fundamental&adjusted=split').expect(422);
  });
});
