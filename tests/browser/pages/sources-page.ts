import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@nautilus/testkit';
import { fitsEveryWidth, PATIENT, quantity, textOf, told, visit, whileFailing, type Opened } from './visit.ts';

interface Source { source: string; title: string; state: string; circuit: string; quota_left: number | null; requests: number; hit_rate: number | null }

const words: Readonly<Record<string, string>> = { off: 'switched off', not_configured: 'no key', idle: 'not asked yet', ok: 'ok', degraded: 'degraded' };
const askable = ({ state }: Source): boolean => state === 'ok' || state === 'idle' || state === 'degraded';

export function sourcesPage(opened: Opened): void {
  describe('the sources page', () => {
    beforeAll(() => visit(opened(), 'sources'));

    it('shows state, circuit, quota left and hit rate of every source as the engine tells them', async () => {
      const page = opened();
      await eventually(async () => {
        const { sources } = await told<{ sources: Source[] }>('/api/v1/sources');
        expect(sources.length).toBeGreaterThanOrEqual(8);
        expect(await textOf(page, 'sources-count')).toBe(`${sources.filter(askable).length} of ${sources.length} can be asked`);
        for (const source of sources) {
          const cells = (await page.getByTestId(`source-${source.source}`).locator('th, td').allTextContents()).map((cell) => cell.trim());
          expect(cells.slice(0, 6)).toEqual([
            source.title,
            `${words[source.state] ?? source.state}${source.circuit === 'open' ? ', resting' : ''}`,
            source.circuit.replaceAll('_', ' '),
            askable(source) && source.quota_left !== null ? quantity(source.quota_left) : '–',
            source.hit_rate === null ? '–' : `${Math.round(source.hit_rate * 100)}%`,
            quantity(source.requests),
          ]);
        }
      }, PATIENT);
    });

    it('keeps what it knew while the route fails, and says so', async () => {
      const page = opened();
      const rows = await page.getByTestId('sources').locator('tbody tr').count();
      await whileFailing(page, '**/api/v1/sources', async () => expect(await page.getByTestId('sources-panel').getByTestId('stale').textContent()).toContain('Service Unavailable'));
      expect(await page.getByTestId('sources').locator('tbody tr').count()).toBe(rows);
      await eventually(async () => expect(await page.getByTestId('sources-panel').getByTestId('stale').count()).toBe(0), PATIENT);
    });

    fitsEveryWidth(opened, 'sources');
  });
}
