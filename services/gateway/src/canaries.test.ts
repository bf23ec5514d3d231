import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Canaries } from './canaries.ts';

const websocket = { service: 'websocket-engine' };

describe('the share of a canary', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'canaries-'));
    file = join(folder, 'weights.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is that of the file, which may change', () => {
    writeFileSync(file, '{"websocket-engine": 30}');
    let chance = 0.29;
    const canaries = new Canaries(file, () => chance, () => 0);
    expect(canaries.takes(websocket)).toBe(true);
    expect(canaries.takes({ service: 'vpin-engine' })).toBe(false);
    chance = 0.3;
    expect(canaries.takes(websocket)).toBe(false);
    writeFileSync(file, '{"websocket-engine": 0}');
    canaries.read();
    chance = 0;
    expect(canaries.takes(websocket)).toBe(false);
  });

  it('is nothing for a while after it has failed', () => {
    writeFileSync(file, '{"websocket-engine": 100}');
    let now = 0;
    const canaries = new Canaries(file, () => 0, () => now);
    canaries.failed(websocket);
    now = 9_999;
    expect(canaries.takes(websocket)).toBe(false);
    now = 10_000;
    expect(canaries.takes(websocket)).toBe(true);
  });

  it('is nothing without a file that can be read', () => {
    expect(new Canaries(file, () => 0, () => 0).takes(websocket)).toBe(false);
    writeFileSync(file, '{"websocket-engine": 101}');
    expect(new Canaries(file, () => 0, () => 0).takes(websocket)).toBe(false);
  });
});
