import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { engineApp, FakeClock } from '@nautilus/testkit';
import request from 'supertest';
import { marketdata } from '../engine.ts';
import { readCalendar, type ExchangeCalendar } from '../recordings/calendar.ts';

const FOLDER = fileURLToPath(new URL('../../../../data/exchange_calendars/', import.meta.url));
let api: ReturnType<typeof request>;

beforeAll(async () => {
  const read = async (name: string): Promise<[string, ExchangeCalendar]> => [name, readCalendar(await readFile(`${FOLDER}${name}.csv.gz`), name)];
  const calendars = new Map(await Promise.all([read('xnys'), read('cmes')]));
  api = request(engineApp(marketdata, { clock: new FakeClock(0), state: { calendars } }).http.server);
});

describe('/calendars/{exchange}', () => {
  it('has the early close of New York, and no session on a holiday', async () => {
    const { body } = await api.get('/calendars/XNYS?from=2013-11-27&to=2013-11-30').expect(200);
    expect(body).toEqual({
      items: [
        { date: '2013-11-27', opens_at: '2013-11-27T14:30:00.000Z', closes_at: '2013-11-27T21:00:00.000Z' },
        { date: '2013-11-29', opens_at: '2013-11-29T14:30:00.000Z', closes_at: '2013-11-29T18:00:00.000Z' },
      ],
      next_cursor: null,
    });
  });

  it('opens sessions of Chicago on the evening before', async () => {
    const { body } = await api.get('/calendars/cmes?from=2013-10-07&to=2013-10-08').expect(200);
    expect(body.items).toEqual([{ date: '2013-10-07', opens_at: '2013-10-06T22:00:00.000Z', closes_at: '2013-10-07T22:00:00.000Z' }]);
  });

  it('pages to its end, each session once', async () => {
    const first = await api.get('/calendars/xnys?limit=2&from=2013-10-07&to=2013-10-12').expect(200);
    const second = await api.get(`/calendars/xnys?limit=1000&from=2013-10-07&to=2013-10-12&cursor=${first.body.next_cursor}`).expect(200);
    expect([...first.body.items, ...second.body.items].map(({ date }: { date: string }) => date)).toEqual(['2013-10-07', '2013-10-08', '2013-10-09', '2013-10-10', '2013-10-11']);
  });

  it('names the calendars that are known, and refuses what is no date', async () => {
    expect((await api.get('/calendars/nowhere').expect(404)).body).toMatchObject({ details: { known: ['xnys', 'cmes'] } });
    await api.get('/calendars/xnys?from=yesterday').expect(422);
  });
});
