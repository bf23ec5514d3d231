import { describe, expect, it } from '@jest/globals';
import { Admission } from './admission.ts';

describe('admission of requests with records', () => {
  it('gives turns in the order of asking, also after one that failed', async () => {
    const admission = new Admission();
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} ends`);
      if (name === 'b') throw new Error('b failed');
    };
    const ended = await Promise.allSettled(['a', 'b', 'c'].map((name) => admission.inTurn(work(name))));
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('sends away at once what is too many, and lets others in when one has ended', async () => {
    const admission = new Admission();
    const ends: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => ends.push(resolve));
    const inside: Promise<void>[] = [];
    for (let refused = false; !refused; ) {
      const one = admission.admit(wait);
      refused = await Promise.race([one.then(() => false, () => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);
      if (refused) await expect(one).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 500 });
      else inside.push(one);
    }
    ends[0]!();
    await inside[0];
    await expect(admission.admit(() => Promise.resolve('taken'))).resolves.toBe('taken');
    for (const end of ends) end();
    await Promise.all(inside);
  });
});
