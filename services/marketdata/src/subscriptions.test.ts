import { describe, expect, it } from '@jest/globals';
import type { FeedSubscription, MarketRepository } from '@nautilus/store';
import { Subscriptions, type Offer } from './subscriptions.ts';

const OFFERS: readonly Offer[] = [
  { source: 'lean-daily', symbol: 'IBM', dataTypes: ['bar'] },
  { source: 'lean-tick', symbol: 'IBM', dataTypes: ['quote', 'tick'] },
  { source: 'lean-tick', symbol: 'AIG', dataTypes: ['tick'] },
];

function market(): MarketRepository {
  const rows = new Map<string, FeedSubscription>();
  return {
    feedSubscriptions: async () => [...rows.values()],
    putFeedSubscription: async (subscription: FeedSubscription) => void rows.set(subscription.id, subscription),
  } as unknown as MarketRepository;
}

const wish = (symbol: string, isActive: boolean, source?: string) => ({ symbol, source, dataTypes: undefined, isActive });

describe('subscriptions', () => {
  it('want every recorded feed until somebody says otherwise', () => {
    const own = new Subscriptions();
    expect(own.all).toEqual([]);
    expect(own.isWanted('lean-tick', 'IBM')).toBe(true);
    expect(own.mutedSymbols(OFFERS).size).toBe(0);
  });

  it('mute a symbol only when none of its feeds is wanted, and are remembered by the store', async () => {
    const store = market();
    const own = new Subscriptions();
    await own.put(store, OFFERS, wish('IBM', false, 'lean-tick'), 1);
    expect([...own.mutedSymbols(OFFERS)]).toEqual([]);
    await own.put(store, OFFERS, wish('IBM', false), 2);
    expect([...own.mutedSymbols(OFFERS)]).toEqual(['IBM']);

    const after = new Subscriptions();
    await after.load(store);
    expect([...after.mutedSymbols(OFFERS)]).toEqual(['IBM']);
    expect(after.all.find(({ id }) => id === 'lean-tick:IBM')?.createdAt).toBe(1);
    await after.put(store, OFFERS, wish('IBM', true), 3);
    expect(after.mutedSymbols(OFFERS).size).toBe(0);
  });

  it('refuse what nothing here delivers, and say what is delivered', async () => {
    await expect(new Subscriptions().put(market(), OFFERS, wish('NOPE', true), 1)).rejects.toThrow(/nothing is recorded of NOPE; recorded are AIG, IBM/);
    await expect(new Subscriptions().put(market(), OFFERS, wish('AIG', true, 'lean-daily'), 1)).rejects.toThrow(/AIG from lean-daily/);
  });
});
