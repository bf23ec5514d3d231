import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@nautilus/testkit';
import { fitsEveryWidth, grouped, PATIENT, pause, quantity, REPLAYED, resume, textOf, textsOf, told, visit, whileFailing, type Opened } from './visit.ts';

interface Reading { vpin_value: number | null; volume_bucket: { bucket_id: number; buy_volume: number; sell_volume: number }; parameters: { sampleLength: number } }
interface OpenBucket { bucket_id: number; buy_volume: number; sell_volume: number; target_volume: number; filled_ratio: number; closed_buckets: number }

export function vpinPage(opened: Opened): void {
  describe('the VPIN page', () => {
    beforeAll(async () => {
      await visit(opened(), 'vpin');
      await eventually(async () => expect((await told<{ items: Reading[] }>(`/api/vpin/history/${REPLAYED}?limit=3`)).items.length).toBeGreaterThan(0), PATIENT);
      await pause();
    }, 120_000);
    afterAll(resume);

    it('shows the open bucket as the engine fills it', async () => {
      const page = opened();
      await eventually(async () => {
        const bucket = await told<OpenBucket>(`/api/vpin/buckets/${REPLAYED}/current`);
        expect(await textOf(page, 'bucket-buy')).toBe(quantity(bucket.buy_volume));
        expect(await textOf(page, 'bucket-sell')).toBe(quantity(bucket.sell_volume));
        expect(await textOf(page, 'bucket-target')).toBe(quantity(bucket.target_volume));
        expect(await textOf(page, 'bucket-filled')).toBe(`${grouped(bucket.filled_ratio * 100, 1)}% full`);
        expect(await textOf(page, 'vpin-closed')).toBe(quantity(bucket.closed_buckets));
      }, PATIENT);
    });

    it('lists closed buckets and draws one bar for each, newest value on the dial', async () => {
      const page = opened();
      await eventually(async () => {
        const { items } = await told<{ items: Reading[] }>(`/api/vpin/history/${REPLAYED}?limit=100`);
        const shown = await Promise.all((await page.getByTestId('bucket-row').all()).map(async (row) => (await row.locator('th, td').allTextContents()).map((cell) => cell.trim())));
        expect(shown.map(([id, , , buy, sell, , vpin]) => [id, buy, sell, vpin])).toEqual(items.toReversed().map(({ volume_bucket: bucket, vpin_value: vpin }) =>
          [String(bucket.bucket_id), quantity(bucket.buy_volume), quantity(bucket.sell_volume), vpin === null ? '–' : grouped(vpin, 3)]));
        expect(await page.getByTestId('bucket-bar').count()).toBe(items.length);
        const newest = items.at(-1)?.vpin_value ?? null;
        expect(await textOf(page, 'dial-value')).toBe(newest === null ? '–' : grouped(newest, 3));
        if (newest === null) expect(await textOf(page, 'vpin-warming')).toMatch(/^Warming up: \d+ of 50 buckets closed$/);
      }, PATIENT);
    });

    it('chooses a bucket with the arrow keys', async () => {
      const page = opened();
      const { items } = await told<{ items: Reading[] }>(`/api/vpin/history/${REPLAYED}?limit=100`);
      await page.getByTestId('bucket-chart').focus();
      await page.keyboard.press('Home');
      await eventually(async () => expect(await textOf(page, 'bucket-pointed')).toContain(`bucket ${items[0]?.volume_bucket.bucket_id}`), PATIENT);
      await page.keyboard.press('End');
      await eventually(async () => expect(await textOf(page, 'bucket-pointed')).toContain(`bucket ${items.at(-1)?.volume_bucket.bucket_id}`), PATIENT);
    });

    it('tells the parameters of the newest value, the trades and the alerts', async () => {
      const page = opened();
      await eventually(async () => {
        const { trades } = await told<{ trades: { accepted: number } }>(`/api/vpin/metrics/${REPLAYED}`);
        expect(await textOf(page, 'parameter-accepted')).toBe(`Trades used${quantity(trades.accepted)}`);
        expect(await textOf(page, 'parameter-sampleLength')).toBe('Buckets averaged50');
        const alerts = await told<{ items: object[]; standing: string | null }>(`/api/vpin/alerts/${REPLAYED}?limit=50`);
        expect(await textOf(page, 'alert-standing')).toBe(alerts.standing === null ? 'none stands' : `${alerts.standing} stands`);
        expect((await textsOf(page, 'alert-row')).length).toBe(alerts.items.length);
      }, PATIENT);
    });

    it('says what is wrong when the engine does not answer, and goes on afterwards', async () => {
      const page = opened();
      await whileFailing(page, '**/api/vpin/buckets/**', async () => expect(await page.getByTestId('vpin-now').getByTestId('stale').textContent()).toContain('Service Unavailable'));
      await eventually(async () => expect(await page.getByTestId('vpin-now').getByTestId('stale').count()).toBe(0), PATIENT);
    });

    fitsEveryWidth(opened, 'vpin');
  });
}
