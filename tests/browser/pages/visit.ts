import { expect, it } from '@jest/globals';
import { eventually, type launchBrowser } from '@nautilus/testkit';

export type Page = Awaited<ReturnType<Awaited<ReturnType<typeof launchBrowser>>['newPage']>>;

export const PATIENT = { deadlineMs: 60_000, intervalMs: 100 };
export const REPLAYED = 'IBM';

/** The page that the suites share; it is open when their tests run. */
export type Opened = () => Page;

const GATEWAY = 'http://localhost:8001';

export async function told<T>(path: string): Promise<T> {
  const answer = await fetch(`${GATEWAY}${path}`);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

export async function send(path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${GATEWAY}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

/** Time in the market stands still, so that what is shown and what a route tells can be equal. */
export async function pause(): Promise<void> {
  await send('/api/marketdata/replay', { state: 'paused' });
  await eventually(async () => expect((await told<{ state: string }>('/api/marketdata/replay')).state).toBe('paused'), PATIENT);
}

export const resume = (): Promise<void> => send('/api/marketdata/replay', { state: 'playing' });

export const textOf = async (page: Page, id: string): Promise<string> => ((await page.getByTestId(id).first().textContent()) ?? '').trim();
export const textsOf = async (page: Page, id: string): Promise<string[]> => (await page.getByTestId(id).allTextContents()).map((words) => words.trim());

/** By the keyboard alone: a person without a mouse gets there too. */
export async function visit(page: Page, key: string): Promise<void> {
  await page.getByTestId(`page-${key}`).focus();
  await page.keyboard.press('Enter');
  await eventually(async () => expect(await page.getByTestId(`page-${key}`).getAttribute('aria-current')).toBe('page'), PATIENT);
}

/** The same figures as the application prints: `figure` and `quantity` of its format.ts. */
export const grouped = (value: number, digits: number): string =>
  new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
export const quantity = (value: number): string =>
  Math.abs(value) >= 10_000 ? new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 }).format(value) : grouped(value, 0);

/** A page as a whole never scrolls sideways: wide tables do so inside their panel. */
export function fitsEveryWidth(opened: Opened, key: string): void {
  it.each([1280, 390])('fits a window %i pixels wide', async (width) => {
    const page = opened();
    const before = page.viewportSize() ?? { width: 1440, height: 900 };
    await page.setViewportSize({ width, height: 844 });
    try {
      await visit(page, key);
      // A text, because the types of this program know no document.
      const sizes = (): Promise<unknown> => page.evaluate('({ content: document.documentElement.scrollWidth, window: document.documentElement.clientWidth })');
      await eventually(async () => expect(await sizes()).toEqual({ content: width, window: width }), PATIENT);
    } finally {
      await page.setViewportSize(before);
    }
  });
}

/** What a page says while a route fails, and that it recovers. */
export async function whileFailing(page: Page, pattern: string, check: () => Promise<void>): Promise<void> {
  await page.route(pattern, (route) => route.fulfill({
    status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: '/problems/unavailable', title: 'Service Unavailable', status: 503, detail: 'refused for the test' }),
  }));
  try {
    await eventually(check, PATIENT);
  } finally {
    await page.unroute(pattern);
  }
}
