import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInputError } from '@nautilus/model';
import { SessionCalendar } from '../../calendar/session-calendar.ts';
import { symmetricFromRows } from '../../linear-algebra/symmetric-matrix.ts';
import { rebalanceReasons, type RebalancePeriod } from './rebalance-triggers.ts';

const DAY_MS = 86_400_000;
/** Every weekday of 2024 but the first of January and the fourth of July. */
const calendar = new SessionCalendar(
  Array.from({ length: 366 }, (_, day) => Date.UTC(2024, 0, 1) + day * DAY_MS)
    .filter((time) => ![0, 6].includes(new Date(time).getUTCDay()))
    .map((time) => ({ date: new Date(time).toISOString().slice(0, 10), openMs: time + 52_200_000, closeMs: time + 75_600_000 }))
    .filter(({ date }) => date !== '2024-07-04'),
);
const none = { weights: [], targets: [] };

describe('rules that ask for a rebalance', () => {
  it.each<[RebalancePeriod, string, string, boolean]>([
    ['month', '2024-01-02', '2024-01-31', false],
    ['month', '2024-01-02', '2024-02-01', true],
    // The first of June was a Saturday.
    ['month', '2024-05-31', '2024-06-01', false],
    ['month', '2024-05-31', '2024-06-03', true],
    ['week', '2024-01-02', '2024-01-05', false],
    ['week', '2024-01-05', '2024-01-08', true],
    ['quarter', '2024-02-15', '2024-03-28', false],
    ['quarter', '2024-02-15', '2024-04-01', true],
    ['year', '2024-02-15', '2024-12-31', false],
    ['session', '2024-07-03', '2024-07-04', false],
    ['session', '2024-07-03', '2024-07-05', true],
    ['session', '2024-07-03', '2024-07-03', false],
    [{ sessions: 3 }, '2024-07-02', '2024-07-05', false],
    [{ sessions: 3 }, '2024-07-02', '2024-07-08', true],
  ])('period %j from %s to %s: %s', (period, lastRebalance, date, due) => {
    expect(rebalanceReasons({ ...none, calendar, date, lastRebalance }, { period })).toEqual(due ? [{ rule: 'period', date, since: lastRebalance }] : []);
  });

  it('is due at the first session when there never was a rebalance', () => {
    expect(rebalanceReasons({ ...none, calendar, date: '2024-03-01' }, { period: 'year' })).toHaveLength(1);
    expect(rebalanceReasons({ ...none, calendar, date: '2024-03-02' }, { period: 'year' })).toHaveLength(0);
  });

  it('measures bands, tracking error and cash', () => {
    const state = { weights: [0.55, 0.36, 0.04], targets: [0.5, 0.4, 0], cash: 0.05, covariance: symmetricFromRows([[0.04, 0.01, 0], [0.01, 0.09, 0], [0, 0, 0.01]]) };
    expect(rebalanceReasons(state, { absoluteBand: 0.045 })).toEqual([{ rule: 'absolute band', asset: 0, measured: expect.closeTo(0.05, 12), limit: 0.045 }]);
    expect(rebalanceReasons(state, { relativeBand: 0.2 })).toEqual([{ rule: 'relative band', asset: 2, measured: undefined, limit: 0.2 }]);
    const variance = 0.05 ** 2 * 0.04 - 2 * 0.05 * 0.04 * 0.01 + 0.04 ** 2 * 0.09 + 0.04 ** 2 * 0.01;
    expect(rebalanceReasons(state, { trackingError: 0.01 })).toEqual([{ rule: 'tracking error', measured: expect.closeTo(Math.sqrt(variance), 12), limit: 0.01 }]);
    expect(rebalanceReasons(state, { trackingError: 0.02, cash: { least: 0.01, most: 0.1 } })).toEqual([]);
    expect(rebalanceReasons(state, { cash: { most: 0.02 } })).toEqual([{ rule: 'most cash', measured: 0.05, limit: 0.02 }]);
    expect(rebalanceReasons(state, { cash: { least: 0.06 } })).toEqual([{ rule: 'least cash', measured: 0.05, limit: 0.06 }]);
  });

  it('asks for nothing at the targets and never for less when limits are tighter', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(share, share), { minLength: 1, maxLength: 6 }), share, share, (assets, a, b) => {
        const [weights, targets] = [assets.map(([weight]) => weight), assets.map(([, target]) => target)];
        expect(rebalanceReasons({ weights: targets, targets }, { absoluteBand: 0, relativeBand: 0 })).toEqual([]);
        for (const name of ['absoluteBand', 'relativeBand'] as const) {
          const wide = rebalanceReasons({ weights, targets }, { [name]: Math.max(a, b) }).length;
          expect(rebalanceReasons({ weights, targets }, { [name]: Math.min(a, b) }).length).toBeGreaterThanOrEqual(wide);
        }
      }),
    );
  });

  it('refuses rules without their input', () => {
    const state = { weights: [1], targets: [1] };
    const refused = (more: object, rules: object) => expect(() => rebalanceReasons({ ...state, ...more }, rules)).toThrow(InvalidInputError);
    refused({}, { period: 'month' });
    refused({ calendar, date: '2031-01-01' }, { period: 'month' });
    refused({ calendar, date: '2024-01-03', lastRebalance: '2024-01-04' }, { period: 'month' });
    refused({ calendar, date: '2024-01-03' }, { period: { sessions: 0 } });
    refused({}, { trackingError: 0.1 });
    refused({}, { cash: { most: 0.1 } });
    refused({ cash: 0.1 }, { cash: { least: 0.2, most: 0.1 } });
    refused({ weights: [NaN] }, {});
    refused({ weights: [1, 1] }, {});
    refused({}, { absoluteBand: -1 });
  });
});
