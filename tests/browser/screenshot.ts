/** Makes docs/dashboard.png of a Nautilus that runs on this machine: `node tests/browser/screenshot.ts` beside `make run`. */
import { fileURLToPath } from 'node:url';
import { eventually, launchBrowser } from '@nautilus/testkit';

const PATIENT = { deadlineMs: 60_000, intervalMs: 200 };
const browser = await launchBrowser();
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
await page.goto('http://localhost:3000');
await eventually(async () => /^VPIN 0\.\d+/.test((await page.getByTestId('vpin-value').textContent()) ?? ''), PATIENT);
await eventually(async () => /^20 of 25/.test((await page.getByTestId('features-count').textContent()) ?? ''), PATIENT);
// Two hours of the session give the chart something to show.
await page.getByTestId('speed-600').click();
const started = Date.now();
await eventually(() => Date.now() - started > 12_000, PATIENT);
await page.getByTestId('speed-60').click();
await eventually(async () => (await page.getByTestId('speed-60').getAttribute('aria-pressed')) === 'true', PATIENT);
await page.screenshot({ path: fileURLToPath(new URL('../../docs/dashboard.png', import.meta.url)) });
await browser.close();
