import { describe, expect, it } from '@jest/globals';
import { addressQuery, pageKeys, readAddress } from './address.ts';

describe('a link to the application', () => {
  it('names page and symbol, and reads back the same', () => {
    for (const page of pageKeys) {
      for (const symbol of [null, 'IBM', 'BRK.B']) expect(readAddress(addressQuery({ page, symbol }))).toEqual({ page, symbol });
    }
    expect(addressQuery({ page: 'vpin', symbol: 'IBM' })).toBe('?symbol=IBM&page=vpin');
  });

  it('leads to the desk when it names no page that exists', () => {
    for (const query of ['', '?', '?page=nowhere', '?page=constructor&symbol=IBM']) expect(readAddress(query).page).toBe('desk');
  });
});
