import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, launchBrowser, startNode, type Child } from '@nautilus/testkit';
import { bookPage } from './pages/book-page.ts';
import { connectionsPage } from './pages/connections-page.ts';
import { featuresPage } from './pages/features-page.ts';
import { sourcesPage } from './pages/sources-page.ts';
import { PATIENT, textOf, visit } from './pages/visit.ts';
import { vpinPage } from './pages/vpin-page.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ENGINES = readdirSync(join(root, 'services'))
  .map((service) => join(root, 'services', service, 'src/engine.ts'))
  .filter((file) => existsSync(file));
const state = mkdtempSync(join(tmpdir(), 'nautilus-browser-'));
const PAGE = 'http://localhost:3000';

interface Replay { state: string; speed: number; position: string; run_id: string }
const replay = async (): Promise<Replay> => (await (await fetch('http://localhost:8800/replay')).json()) as Replay;

/** The whole product on its real ports, as `make run` starts it. */
async function start(): Promise<Child> {
  const child = startNode(join(root, 'libs/engine/src/local.ts'), { NAUTILUS_STATE_DIR: state, API_RATE_LIMIT: '0' }, ENGINES);
  await eventually(
    () => {
      if (child.process.exitCode !== null) throw new Error(`Nautilus ended: ${child.err.join('\n')}`);
      return child.err.includes('Ctrl-C ends it.');
    },
    { ...PATIENT, describe: 'the summary of a started Nautilus' },
  );
  return child;
}

describe('the dashboard of a running Nautilus', () => {
  let nautilus: Child;
  let browser: Awaited<ReturnType<typeof launchBrowser>>;
  let page: Awaited<ReturnType<(typeof browser)['newPage']>>;
  const problems: string[] = [];
  const outside: string[] = [];

  const text = (id: string): Promise<string> => textOf(page, id);

  beforeAll(async () => {
    nautilus = await start();
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('request', (request) => {
      if (!/^(https?|wss?):\/\/localhost[:/]/.test(request.url()) && !request.url().startsWith('data:') && !request.url().startsWith('blob:')) outside.push(request.url());
    });
    await page.goto(PAGE);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    nautilus.process.kill('SIGINT');
    await nautilus.ended;
    rmSync(state, { recursive: true, force: true });
  }, 60_000);

  it('shows every engine operational, where its data comes from, and the replay that runs', async () => {
    await eventually(async () => expect(await text('engines-count')).toMatch(/^(\d+) of \1 operational$/), PATIENT);
    await eventually(async () => expect(await text('provenance')).toMatch(/replay/i), PATIENT);
    await eventually(async () => expect(await text('replay-phase')).toMatch(/playing/i), PATIENT);
    await eventually(async () => expect(await text('connection')).toMatch(/connected/i), PATIENT);
  });

  it('draws a traded symbol with its VPIN and names its toxicity', async () => {
    await eventually(async () => expect(await text('chart-symbol')).toBe('IBM'), PATIENT);
    await eventually(async () => expect(Number((await text('last-price')).replaceAll(',', ''))).toBeGreaterThan(100), PATIENT);
    await eventually(async () => expect(await text('vpin-value')).toMatch(/^VPIN 0\.\d{3}$/), PATIENT);
    expect(await text('toxicity-level')).toMatch(/^(NORMAL|LOW|MEDIUM|HIGH|EXTREME)$/);
    expect(await page.getByTestId('chart').locator('canvas').count()).toBeGreaterThan(0);
  });

  it('shows the features of the symbol, and why some are missing', async () => {
    await eventually(async () => expect(await text('features-count')).toMatch(/^20 of 25 computed/), PATIENT);
    expect(await text('feature-sma_20')).toMatch(/\d/);
    expect(await text('feature-pe_ratio')).toContain('no_filings');
  });

  it('shows the message rates that are measured', async () => {
    await eventually(async () => expect(Number((await text('rate-0')).replaceAll(/[^\d.]/g, ''))).toBeGreaterThan(0), PATIENT);
  });

  it('pauses and plays', async () => {
    await page.getByTestId('play').click();
    await eventually(async () => expect((await replay()).state).toBe('paused'), PATIENT);
    await eventually(async () => expect(await text('replay-phase')).toMatch(/paused/i), PATIENT);
    const { position } = await replay();
    await page.getByTestId('play').click();
    await eventually(async () => expect((await replay()).state).toBe('playing'), PATIENT);
    await eventually(async () => expect(Date.parse((await replay()).position)).toBeGreaterThan(Date.parse(position)), PATIENT);
  });

  it('changes the speed', async () => {
    await page.getByTestId('speed-600').click();
    await eventually(async () => expect((await replay()).speed).toBe(600), PATIENT);
    await eventually(async () => expect(await page.getByTestId('speed-600').getAttribute('aria-pressed')).toBe('true'), PATIENT);
    await page.getByTestId('speed-60').click();
    await eventually(async () => expect((await replay()).speed).toBe(60), PATIENT);
  });

  it('seeks, which begins a new run at the place asked for', async () => {
    const before = await replay();
    const slider = page.getByTestId('seek');
    const box = await slider.boundingBox();
    if (box === null) throw new Error('the slider is not visible');
    await page.mouse.click(box.x + box.width * 0.5, box.y + box.height / 2);
    await eventually(async () => {
      const now = await replay();
      expect(now.run_id).not.toBe(before.run_id);
      expect(now.state).toBe('playing');
      expect(Date.parse(now.position)).toBeGreaterThan(Date.parse(before.position) + 30 * 60_000);
    }, PATIENT);
    await eventually(async () => expect(await text('vpin-value')).toMatch(/^VPIN 0\.\d{3}$/), PATIENT);
  });

  it('tells a refusal, which can be dismissed', async () => {
    await page.route('**/api/marketdata/replay', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      await route.fulfill({ status: 422, contentType: 'application/problem+json', body: JSON.stringify({ type: '/problems/invalid-input', title: 'Unprocessable', status: 422, detail: 'speed: refused for the test' }) });
    });
    await page.getByTestId('speed-10').click();
    await eventually(async () => expect(await text('notice')).toContain('refused for the test'), PATIENT);
    await page.unroute('**/api/marketdata/replay');
    await page.getByTestId('dismiss').first().click();
    await eventually(async () => expect(await page.getByTestId('notice').count()).toBe(0), PATIENT);
  });

  // One Nautilus for all of them: they would ask for the same ports.
  for (const suite of [bookPage, vpinPage, featuresPage, sourcesPage, connectionsPage]) suite(() => page);

  it('remembers the page and its symbol in the address, also for the way back', async () => {
    await visit(page, 'vpin');
    expect(page.url()).toContain('symbol=IBM&page=vpin');
    await visit(page, 'desk');
    await page.goBack();
    await eventually(async () => expect(await page.getByTestId('vpin-now').count()).toBe(1), PATIENT);
    await visit(page, 'desk');
  });

  it('lives again after the server was started anew, without a reload', async () => {
    nautilus.process.kill('SIGINT');
    expect(await nautilus.ended).toBe(0);
    await eventually(async () => expect(await page.getByTestId('connection').getAttribute('data-state')).not.toBe('open'), PATIENT);
    nautilus = await start();
    await eventually(async () => expect(await text('engines-count')).toMatch(/^(\d+) of \1 operational$/), PATIENT);
    await eventually(async () => expect(await text('connection')).toMatch(/^connected/i), PATIENT);
    await eventually(async () => expect(await text('vpin-value')).toMatch(/^VPIN 0\.\d{3}$/), PATIENT);
  }, 180_000);

  it('has thrown no error and asked nobody outside', () => {
    expect(problems).toEqual([]);
    expect(outside).toEqual([]);
  });
});
