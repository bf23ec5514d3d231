import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ConfigError } from '@nautilus/model';
import { defineEngine } from './declaration.ts';
import { parseSettings, parseSharedSettings, settingsOf, shownConfig } from './parse-settings.ts';
import { required, setting, type Environment } from './settings.ts';
import { busAddresses } from './shared-settings.ts';

const vpin = defineEngine({
  name: 'vpin',
  summary: 'for tests',
  ports: { dual: 10_000 },
  needs: [],
  settings: {
    buckets: setting.integer('VPIN_BUCKETS_PER_DAY', 50, { min: 1, max: 500, help: 'Buckets per day.' }),
    warnAt: setting.ratio('VPIN_WARN_AT', 0.9),
    clearAt: setting.ratio('VPIN_CLEAR_AT', 0.85),
    rule: setting.choice('VPIN_RULE', 'intrabar', ['intrabar', 'close_to_close']),
    symbols: setting.list('VPIN_SYMBOLS', ['IBM']),
    token: setting.secret('VPIN_TOKEN', undefined, { help: 'Token.' }),
  },
  check: (s) => s.clearAt < s.warnAt || 'an alert would never clear',
});

function problemsOf(environment: Environment, declaration: Parameters<typeof parseSettings>[0] = vpin): string[] {
  try {
    parseSettings(declaration, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((p) => `${p.path} ${p.message}`);
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('uses the defaults and freezes the values when nothing is set', () => {
    const { own, shared } = parseSettings(vpin, {});
    expect(own).toMatchObject({ buckets: 50, warnAt: 0.9, rule: 'intrabar', symbols: ['IBM'], token: undefined });
    expect(shared).toMatchObject({ busEnabled: true, busBufferIntervalMs: 20, busBufferSize: 3000, apiRateLimit: 1000, databaseSslMode: 'require' });
    expect(Object.isFrozen(own)).toBe(true);
    expect(Object.isFrozen(shared)).toBe(true);
  });

  it('names every problem at once and repeats no value', () => {
    const strict = defineEngine({
      name: 'vpin', summary: 'for tests', ports: { dual: 10_000 }, needs: [],
      settings: { ...vpin.settings, key: setting.secret('VPIN_KEY', required, { help: 'Key of the source.' }) },
    });
    const environment = {
      VPIN_BUCKETS_PER_DAY: 'hunter2', VPIN_WARN_AT: '1.25001', VPIN_RULE: 'guess', MESSAGEBUS_BUFFER_SIZE: '-77777',
      DATABASE_URL: 'mysql://someone:s3cret@db/x', API_KEYS: 'leaked-key',
    };
    const problems = problemsOf(environment, strict);
    expect(problems.sort()).toEqual([
      'API_KEYS must be name:scope:sha256, separated by commas, with scope read, trade or admin, and each name once',
      'DATABASE_URL must be a URL beginning with postgresql:// or postgres://',
      'MESSAGEBUS_BUFFER_SIZE must be a whole number of at least 1',
      'VPIN_BUCKETS_PER_DAY must be a whole number from 1 to 500',
      'VPIN_KEY is required: Key of the source.',
      'VPIN_RULE must be one of intrabar, close_to_close',
      'VPIN_WARN_AT must be a number from 0 to 1',
    ]);
    for (const value of Object.values(environment)) expect(problems.join('\n')).not.toContain(value);
  });

  it('stops at a rule between settings', () => {
    expect(problemsOf({ VPIN_WARN_AT: '0.5', VPIN_CLEAR_AT: '0.6' })).toEqual(['vpin an alert would never clear']);
  });

  it('takes a misspelt variable with the prefix of the engine for an error and tells the near name', () => {
    expect(problemsOf({ VPIN_BUCKETS_PER_DAYS: '40' })).toEqual(['VPIN_BUCKETS_PER_DAYS is no setting of vpin; did you mean VPIN_BUCKETS_PER_DAY?']);
    expect(problemsOf({ MESSAGEBUS_ENABLE: '0' })).toEqual(['MESSAGEBUS_ENABLE is no setting of vpin; did you mean MESSAGEBUS_ENABLED?']);
  });

  it('leaves variables of an engine with a longer name alone', () => {
    expect(problemsOf({ VPIN_ENHANCED_HORIZON: '3', OTHER_THING: '1' })).toEqual([]);
  });

  it.each([['1', true], ['true', true], ['YES', true], ['0', false], ['False', false], ['no', false]])('reads %s as a boolean', (text, value) => {
    expect(parseSharedSettings({ MESSAGEBUS_ENABLED: text }).busEnabled).toBe(value);
  });

  it.each(['', '  '])('takes blank text %j for unset', (text) => {
    expect(parseSettings(vpin, { VPIN_BUCKETS_PER_DAY: text }).own).toMatchObject({ buckets: 50 });
  });

  it.each(['0x10', '1e400', '12 apples', '1.5', 'NaN'])('refuses %s as a whole number', (text) => {
    expect(problemsOf({ VPIN_BUCKETS_PER_DAY: text })).toHaveLength(1);
  });

  describe('secrets', () => {
    const folder = mkdtempSync(join(tmpdir(), 'settings-'));
    const file = join(folder, 'token');
    writeFileSync(file, 'from-file\n');
    afterAll(() => rmSync(folder, { recursive: true }));

    it('are read from the file that <NAME>_FILE names', () => {
      expect(parseSettings(vpin, { VPIN_TOKEN_FILE: file }).own).toMatchObject({ token: 'from-file' });
    });

    it('given by a missing file or twice are problems', () => {
      expect(problemsOf({ VPIN_TOKEN_FILE: join(folder, 'none') })).toEqual(['VPIN_TOKEN cannot be read from the file that VPIN_TOKEN_FILE names (ENOENT)']);
      expect(problemsOf({ VPIN_TOKEN_FILE: file, VPIN_TOKEN: 'x' })).toEqual(['VPIN_TOKEN is given twice: by itself and by VPIN_TOKEN_FILE']);
    });

    it('never show', () => {
      const settings = parseSettings(vpin, { VPIN_TOKEN: 'hunter2', DATABASE_URL: 'postgresql://n:hunter2@db/n', MARKETDATA_REDIS_PASSWORD: 'hunter2' });
      const shown = shownConfig(vpin, settings);
      expect(shown).toMatchObject({ VPIN_TOKEN: '[secret]', DATABASE_URL: '[secret]', MARKETDATA_REDIS_PASSWORD: '[secret]', PORT: null, VPIN_BUCKETS_PER_DAY: 50 });
      expect(JSON.stringify(shown)).not.toContain('hunter2');
    });
  });

  it('are documented with default and unit', () => {
    const wait = setting.milliseconds('X_WAIT_MS', 250, { min: 10 });
    expect([wait, setting.secret('X', required), setting.boolean('X', true), setting.list('X', [])].map((s) => s.shown)).toEqual(['250 ms', 'required', '1', 'unset']);
    expect(settingsOf(vpin).map((s) => s.env)).toEqual(['VPIN_BUCKETS_PER_DAY', 'VPIN_WARN_AT', 'VPIN_CLEAR_AT', 'VPIN_RULE', 'VPIN_SYMBOLS', 'VPIN_TOKEN']);
  });

  it('refuse a default that breaks its own rule', () => {
    expect(() => setting.ratio('X', 1.5)).toThrow('the default of X must be a number from 0 to 1');
  });
});

describe('bus addresses', () => {
  const of = (environment: Environment) => busAddresses(parseSharedSettings(environment));

  it('are none when no variable is set, so that the bus lives in the process', () => {
    expect(of({ REDIS_PORT: '7000' })).toBeUndefined();
  });

  it('fall back to REDIS_HOST and the usual ports', () => {
    const found = of({ REDIS_HOST: 'redis', NEURAL_GPU_REDIS_HOST: 'ng' });
    expect(found).toMatchObject({
      marketdata: { host: 'redis', port: 6380 }, engine_logic: { host: 'redis', port: 6381 }, neural_gpu: { host: 'ng', port: 6382 },
    });
  });

  it('are real servers on localhost as soon as one port is set', () => {
    expect(of({ MARKETDATA_REDIS_PORT: '7380' })).toMatchObject({ marketdata: { host: 'localhost', port: 7380 }, engine_logic: { host: 'localhost', port: 6381 } });
  });

  it('carry Sentinels and credentials', () => {
    expect(of({ ENGINE_LOGIC_REDIS_SENTINELS: 's1:26379, s2:26379', ENGINE_LOGIC_REDIS_MASTER: 'logic', ENGINE_LOGIC_REDIS_USERNAME: 'engine' })?.engine_logic).toMatchObject({
      sentinels: [{ host: 's1', port: 26_379 }, { host: 's2', port: 26_379 }], master: 'logic', username: 'engine',
    });
  });
});
