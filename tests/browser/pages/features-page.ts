import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@nautilus/testkit';
import { fitsEveryWidth, PATIENT, pause, REPLAYED, resume, textOf, told, visit, type Opened } from './visit.ts';

interface Registry { always_present: number; features: { name: string; formula: string; always: boolean }[] }
interface History { items: { timestamp: string; value: number | null; reason: string | null }[] }

export function featuresPage(opened: Opened): void {
  describe('the features page', () => {
    let position = '';
    beforeAll(async () => {
      await visit(opened(), 'features');
      await pause();
      position = (await told<{ position: string }>('/api/marketdata/replay')).position;
    }, 120_000);
    afterAll(resume);

    const history = (feature: string): Promise<History> => told(`/api/features/features/history/${REPLAYED}?feature=${feature}&limit=1000&to=${encodeURIComponent(new Date(Date.parse(position) + 1).toISOString())}`);

    it('lists every feature that is always present with its value, or why there is none', async () => {
      const page = opened();
      const { always_present: total, features } = await told<Registry>('/api/features/features/registry');
      await eventually(async () => {
        expect(await textOf(page, 'registry-count')).toMatch(new RegExp(`^\\d+ of ${total} computed for ${REPLAYED}$`));
        for (const { name } of features.filter(({ always }) => always)) expect(await page.getByTestId(`registry-${name}`).count()).toBe(1);
        expect(await textOf(page, 'value-pe_ratio')).toBe('no_filings');
      }, PATIENT);
    });

    it('draws the stored history of the chosen feature', async () => {
      const page = opened();
      await page.getByTestId('choose-vwap').focus();
      await page.keyboard.press('Enter');
      await eventually(async () => {
        const { items } = await history('vwap');
        const values = items.flatMap(({ value }) => (value === null ? [] : [value]));
        expect(values.length).toBeGreaterThan(10);
        expect(await textOf(page, 'history-count')).toContain(`${values.length} values in ${items.length} bars`);
        expect(Number((await textOf(page, 'history-newest')).replaceAll(',', ''))).toBeCloseTo(values.at(-1) ?? Number.NaN, 1);
      }, PATIENT);
      expect(await page.getByTestId('history-plot').locator('canvas').count()).toBe(1);
      const { features } = await told<Registry>('/api/features/features/registry');
      expect(await textOf(page, 'definition-formula')).toBe(features.find(({ name }) => name === 'vwap')?.formula);
    });

    it('says that a feature has no value in the stored bars, and why', async () => {
      const page = opened();
      await page.getByTestId('choose-pe_ratio').click();
      await eventually(async () => expect(await textOf(page, 'history-panel')).toMatch(/No value in the stored bars.*no_filings/), PATIENT);
    });

    it('finds features by their words', async () => {
      const page = opened();
      await page.getByTestId('registry-search').fill('wilder');
      await eventually(async () => {
        expect(await page.getByTestId('registry-rsi_14').count()).toBe(1);
        expect(await page.getByTestId('registry-sma_20').count()).toBe(0);
      }, PATIENT);
      expect(await page.getByTestId('registry-atr_14').count()).toBe(1);
      await page.getByTestId('registry-search').fill('nothing like this');
      await eventually(async () => expect(await textOf(page, 'registry-panel')).toContain('No feature like that'), PATIENT);
      await page.getByTestId('registry-search').fill('');
    });

    it('computes what it shows: the same values as the route for the same moment', async () => {
      const page = opened();
      await eventually(async () => {
        const answer = await fetch(`http://localhost:8001/api/features/features/calculate/${REPLAYED}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
        const { features } = (await answer.json()) as { features: Record<string, { value: number | string | null; reason?: string }> };
        const { value } = features['sma_20'] ?? {};
        if (typeof value === 'number') expect(Number((await textOf(page, 'value-sma_20')).replaceAll(',', ''))).toBeCloseTo(value, 1);
        else expect(await textOf(page, 'value-sma_20')).toContain('insufficient_history');
      }, PATIENT);
    });

    fitsEveryWidth(opened, 'features');
  });
}
