import { expect, it } from '@jest/globals';
import type { Pod } from '@nautilus/cluster';
import { NotFoundError, TransientError } from '@nautilus/model';
import { silentLog } from '@nautilus/testkit';
import { keepRoles } from './roles.ts';

const pod = (name: string, role?: string, more: Partial<Pod> = {}): Pod => ({
  name, ip: name, ending: false, labels: { 'nautilus.io/redis': 'marketdata', ...(role === undefined ? {} : { 'nautilus.io/role': role }) }, ...more,
});

/** Looks once; `roles` by pod, absent for a server that is away. Gives the labels set, in order. */
async function look(pods: readonly Pod[], roles: Readonly<Record<string, 'primary' | 'replica'>>, gone: readonly string[] = []): Promise<readonly string[]> {
  const set: string[] = [];
  await keepRoles({
    selector: 'any',
    log: silentLog,
    roleOf: async (host, server) => {
      expect(server).toBe('marketdata');
      return roles[host] ?? Promise.reject(new TransientError('away'));
    },
    cluster: {
      pods: async () => pods,
      labelPod: async (name, labels) => {
        if (gone.includes(name)) throw new NotFoundError('object', 'gone');
        set.push(`${name} ${labels['nautilus.io/role']}`);
      },
    },
  });
  return set;
}

it('labels new pods, and leaves alone what is labelled already', async () => {
  expect(await look([pod('a'), pod('b', 'replica'), pod('c')], { a: 'primary', b: 'replica', c: 'replica' })).toEqual(['c replica', 'a primary']);
});

it('takes the label from the old primary before the new one gets it', async () => {
  expect(await look([pod('a', 'replica'), pod('b', 'primary')], { a: 'primary', b: 'replica' })).toEqual(['b replica', 'a primary']);
});

it('keeps the label of a server that does not answer, and asks no pod that ends or has no address', async () => {
  const pods = [pod('a', 'primary'), pod('b', 'replica', { ending: true }), pod('c', undefined, { ip: undefined })];
  expect(await look(pods, { b: 'primary' })).toEqual([]);
});

it('labels the others when one pod is gone', async () => {
  expect(await look([pod('a'), pod('b')], { a: 'replica', b: 'primary' }, ['a'])).toEqual(['b primary']);
});

it('survives an API server that is away', async () => {
  const cluster = { pods: () => Promise.reject(new TransientError('away')), labelPod: () => Promise.resolve() };
  await expect(keepRoles({ cluster, selector: 'any', roleOf: () => Promise.resolve(undefined), log: silentLog })).resolves.toBeUndefined();
});
