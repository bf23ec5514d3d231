import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lockDirectory } from './directory-lock.ts';

describe('lock of a data folder', () => {
  let parent: string;
  let folder: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'lock-'));
    folder = join(parent, 'deeper', 'data');
  });
  afterEach(() => rm(parent, { recursive: true }));

  it('keeps a second user out until the first gives it back', async () => {
    const release = await lockDirectory(folder);
    await expect(lockDirectory(folder)).rejects.toMatchObject({ kind: 'config' });
    await release();
    expect(existsSync(`${folder}.lock`)).toBe(false);
    await (await lockDirectory(folder))();
  });

  it('keeps out while another process lives, and not after it ended', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    folder = join(parent, 'data');
    await writeFile(`${folder}.lock`, String(other.pid));
    await expect(lockDirectory(folder)).rejects.toThrow(`in use by process ${other.pid}`);
    other.kill('SIGKILL');
    await once(other, 'exit');
    await (await lockDirectory(folder))();
  });

  it('takes no notice of what its own predecessor of the same number left, or of an empty file', async () => {
    folder = join(parent, 'data');
    for (const left of [String(process.pid), '']) {
      await writeFile(`${folder}.lock`, left);
      await (await lockDirectory(folder))();
    }
  });
});
