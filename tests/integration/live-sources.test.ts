import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryNetwork } from '@nautilus/bus';
import { isEngine, type AnyEngine } from '@nautilus/engine';
import type { Store } from '@nautilus/store';
import { eventually, openTestStore, startForTest, type TestEngine } from '@nautilus/testkit';
import { SourceServer } from '../../services/marketdata/src/sources/source-server.fixture.ts';

const recorded = (file: string): string => gunzipSync(readFileSync(fileURLToPath(new URL(`../../data/sources/edgar/${file}`, import.meta.url)))).toString();

async function declarationOf(service: string): Promise<AnyEngine> {
  const module = (await import(new URL(`../../services/${service}/src/engine.ts`, import.meta.url).href)) as Record<string, unknown>;
  const found = Object.values(module).find(isEngine);
  if (found === undefined) throw new Error(`${service} exports no declaration`);
  return found;
}

interface Figure { readonly value: number | null; readonly reason?: string; readonly data_sources: readonly string[] }

describe('filings of a company, polled from EDGAR', () => {
  const network = new MemoryNetwork(() => Date.now());
  let server: SourceServer;
  let store: Store;
  let marketdata: TestEngine<unknown>;
  let features: TestEngine<unknown>;

  beforeAll(async () => {
    [server, store] = [await SourceServer.start(), await openTestStore()];
    server.answers(({ url }) => {
      if (url.pathname === '/files/company_tickers.json') return { body: recorded('company-tickers.json.gz') };
      return url.pathname === '/api/xbrl/companyfacts/CIK0001640147.json' ? { body: recorded('facts-SNOW.json.gz') } : { status: 404, body: '' };
    });
    features = await startForTest(await declarationOf('features'), { network, store });
    marketdata = await startForTest(await declarationOf('marketdata'), {
      network, store, settings: { MARKETDATA_REPLAY_AUTOSTART: '0', DBNOMICS_ENABLED: '0', EDGAR_USER_AGENT: 'Tester t@example.org', SOURCE_BASE_URLS: `edgar=${server.url}`, SOURCE_ATTEMPTS: '1' },
    });
  });
  afterAll(async () => {
    await marketdata.stop();
    await features.stop();
    await server.stop();
    await store.close(10_000);
  });

  it('give the fundamental features of the features engine their values, with the source named', async () => {
    await marketdata.request.post('/subscriptions').send({ symbol: 'SNOW', data_source: 'edgar' }).expect(200);
    const facts = JSON.parse(recorded('facts-SNOW.json.gz')) as { facts: Record<string, Record<string, { units: Record<string, readonly { accn: string; start?: string; end: string }[]> }>> };
    const told = Object.entries(facts.facts).flatMap(([taxonomy, tags]) => Object.entries(tags).flatMap(([tag, { units }]) =>
      Object.entries(units).flatMap(([unit, values]) => values.map(({ accn, start: from, end }) => [taxonomy, tag, unit, accn, from ?? '', end].join()))));
    await eventually(async () => expect((await store.market.counts()).find(({ source, kind }) => source === 'edgar' && kind === 'fundamental')).toMatchObject({ provenance: 'live', records: new Set(told).size }), { deadlineMs: 20_000 });
    // Features are told as of the last bar, which may reach the engine before the filings do: the next minute follows until it has both.
    let minute = Math.floor(Date.now() / 60_000) - 3_000;
    const found = await eventually(async () => {
      minute += 1;
      const bar = { symbol: 'SNOW', data_type: 'bar', source: 'desk', provenance: 'live', timestamp: minute * 60_000, data: { open: 150, high: 151, low: 149, close: 150, volume: 1_000 } };
      await marketdata.request.post('/data/ingest').send({ data: [bar] }).expect(200);
      const { body } = await features.request.post('/features/fundamental/SNOW').send({}).expect(200);
      const figures = (body as { features: Record<string, Figure> }).features;
      expect(figures['revenue_growth']?.value).toEqual(expect.any(Number));
      expect(figures['pb_ratio']?.value).toEqual(expect.any(Number));
      return figures;
    }, { deadlineMs: 40_000, describe: 'fundamental features of SNOW' });
    expect(found['roe']?.value).toEqual(expect.any(Number));
    // The company loses money, so that there is no price to earnings ratio.
    expect(found['pe_ratio']).toMatchObject({ value: null, reason: 'negative_denominator' });
    expect(found['revenue_growth']?.data_sources).toEqual(expect.arrayContaining(['edgar', 'desk']));
  });
});
