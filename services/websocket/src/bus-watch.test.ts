import { describe, expect, it } from '@jest/globals';
import { BusWatch } from './bus-watch.ts';

describe('a lost bus', () => {
  it('is told once, and once more when it is back', () => {
    const watch = new BusWatch();
    const look = (connected: boolean) => watch.look([{ bus: 'marketdata', connected: true }, { bus: 'engine_logic', connected }]);
    expect([look(true), look(false), look(false), look(true), look(true)]).toEqual([
      [], [{ event: 'bus_degraded', bus: 'engine_logic' }], [], [{ event: 'bus_restored', bus: 'engine_logic' }], [],
    ]);
  });
});
