import { describe, expect, it } from '@jest/globals';
import { AnswerCache } from './answer-cache.ts';

describe('the answer cache', () => {
  it('gives an answer again for a second, then asks anew', async () => {
    let now = 0;
    let asked = 0;
    const cache = new AnswerCache(() => now);
    const ask = async (): Promise<number> => (asked += 1);
    expect(await cache.get('q', ask)).toEqual({ hit: false, value: 1 });
    now = 999;
    expect(await cache.get('q', ask)).toEqual({ hit: true, value: 1 });
    expect(await cache.get('other', ask)).toEqual({ hit: false, value: 2 });
    now = 1_000;
    expect(await cache.get('q', ask)).toEqual({ hit: false, value: 3 });
  });

  it('asks once for questions that come together, and does not keep a failure', async () => {
    const cache = new AnswerCache(() => 0);
    let asked = 0;
    const fail = async (): Promise<number> => {
      asked += 1;
      throw new Error('away');
    };
    const results = await Promise.allSettled([cache.get('q', fail), cache.get('q', fail)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(asked).toBe(1);
    expect(await cache.get('q', async () => 7)).toEqual({ hit: false, value: 7 });
  });

  it('keeps a bounded number of answers', async () => {
    const cache = new AnswerCache(() => 0);
    for (let question = 0; question < 300; question += 1) await cache.get(String(question), async () => question);
    expect((await cache.get('0', async () => -1)).hit).toBe(false);
    expect((await cache.get('299', async () => -1)).hit).toBe(true);
  });
});
