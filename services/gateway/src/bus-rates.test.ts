import { expect, it } from '@jest/globals';
import { BusRates } from './bus-rates.ts';

it('adds up engines per bus and counts a restarted engine from zero', () => {
  let time = 0;
  const rates = new BusRates(() => time);
  const round = (published: number, other: number): void =>
    rates.add([
      { engineId: 'a', bus: 'marketdata', published, received: 0 },
      { engineId: 'b', bus: 'marketdata', published: other, received: 5 },
    ]);
  round(100, 10);
  expect(rates.get().get('marketdata')).toEqual({ published_per_second: null, received_per_second: null, published_total: 110, received_total: 5 });
  time = 2_000;
  round(300, 4);
  expect(rates.get().get('marketdata')).toEqual({ published_per_second: 102, received_per_second: 0, published_total: 314, received_total: 5 });
});
