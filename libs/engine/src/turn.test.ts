import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { colourTurn } from './turn.ts';
import { parseSharedSettings } from './parse-settings.ts';

const URL = 'http://engine:1';
const shared = (file: string) => parseSharedSettings({ NAUTILUS_COLOUR: 'green', NAUTILUS_SWITCH_FILE: file, NAUTILUS_SWITCH_URL: URL });
const retire = (): void => undefined;

describe('the switch between two colours', () => {
  it('is active when the file names its colour, and waits while the file cannot be read', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'nautilus-switch-')), 'active');
    const colour = colourTurn(shared(file), retire);
    expect(colour?.active()).toBe(false);
    writeFileSync(file, 'green\n');
    expect(colour?.active()).toBe(true);
    writeFileSync(file, 'blue\n');
    expect(colour?.active()).toBe(false);
  });

  it('sees a successor only in another process that is operational and reads', async () => {
    const asked = (status: string, engineId: string, subscriptions: number) =>
      colourTurn(shared('/none'), retire, (url) => Promise.resolve(url === `${URL}/health` ? { status, engine_id: engineId } : { subscriptions: Array(subscriptions).fill({}) }))?.mayLeave('me');
    expect(await asked('operational', 'other', 2)).toBe(true);
    expect(await asked('operational', 'me', 2)).toBe(false);
    expect(await asked('degraded', 'other', 2)).toBe(false);
    expect(await asked('operational', 'other', 0)).toBe(false);
    expect(await colourTurn(shared('/none'), retire, () => Promise.reject(new Error('away')))?.mayLeave('me')).toBe(false);
  });

  it('is absent without a file, and refuses half a configuration', () => {
    expect(colourTurn(parseSharedSettings({}), retire)).toBeUndefined();
    expect(colourTurn(parseSharedSettings({ NAUTILUS_COLOUR: 'canary' }), retire)).toBeUndefined();
    expect(() => colourTurn(parseSharedSettings({ NAUTILUS_SWITCH_FILE: '/x' }), retire)).toThrow();
  });
});
