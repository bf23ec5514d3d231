import { describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { readMapFile, tickersOf } from './symbol-history.ts';

const DATA = fileURLToPath(new URL('../../../data', import.meta.url));

describe('the tickers of a security', () => {
  it('are those of its map file, each with its days', async () => {
    expect(await tickersOf('BAC', DATA)).toEqual([{ ticker: 'NB', from: '1998-01-02', until: '1998-09-30' }, { ticker: 'BAC', from: '1998-10-01', until: null }]);
    expect(await tickersOf('QQQ', DATA)).toEqual([
      { ticker: 'QQQ', from: '1999-03-10', until: '2004-11-30' }, { ticker: 'QQQQ', from: '2004-12-01', until: '2011-03-22' }, { ticker: 'QQQ', from: '2011-03-23', until: null },
    ]);
    expect(await tickersOf('EEM', DATA)).toEqual([{ ticker: 'EEM', from: '2003-04-11', until: null }]);
    await expect(tickersOf('TSLA', DATA)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(tickersOf('../BAC', DATA)).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('end for a security that trades no more', () => {
    expect(readMapFile('20000103,old\r\n20100630,old\r\n', 'f')).toEqual([{ ticker: 'OLD', from: '2000-01-03', until: '2010-06-30' }]);
  });

  it.each([['nothing', ''], ['a row without a ticker', '20000103\n'], ['a day that is none', 'x,abc\n'], ['days that go back', '20100101,a\n20000101,b\n']])('are not read out of %s', (_what, text) => {
    expect(() => readMapFile(text, 'f')).toThrow(expect.objectContaining({ kind: 'corrupt_data' }));
  });
});
