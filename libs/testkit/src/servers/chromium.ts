import type { Browser } from 'playwright-core';
import { foundServers } from './found.ts';

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium; the caller closes it. It has no sandbox as root, where Chromium refuses one. */
export async function launchBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core'); // large, and only the browser level needs it
  return chromium.launch({
    executablePath: foundServers().chromium,
    headless: true,
    chromiumSandbox: process.getuid?.() !== 0,
    args: flags,
  });
}
