import { describe, expect, it } from '@jest/globals';
import { launchBrowser } from '@nautilus/testkit';

describe('launchBrowser', () => {
  it('runs scripts in a page of the real browser', async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.setContent('<p>drawn</p>');
      expect(await page.textContent('p')).toBe('drawn');
      expect(await page.evaluate('document.createElement("canvas").getContext("2d") !== null')).toBe(true);
    } finally {
      await browser.close();
    }
  });
});
