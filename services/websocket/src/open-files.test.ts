import { describe, expect, it } from '@jest/globals';
import { openFilesLimit } from './open-files.ts';

describe('the limit of open files', () => {
  it('is read from what the system says of this process', () => {
    expect(openFilesLimit('Limit                     Soft Limit           Hard Limit           Units\nMax open files            1048576              1048576              files\n')).toBe(1_048_576);
    expect(openFilesLimit('Max open files            unlimited            unlimited            files')).toBeUndefined();
    expect(openFilesLimit('')).toBeUndefined();
  });
});
