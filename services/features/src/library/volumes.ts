import {
  ChaikinOscillator, EaseOfMovement, KlingerOscillator, MarketFacilitation, MoneyFlowIndex, NegativeVolumeIndex, OnBalanceVolume, PercentagePriceOscillator, PositiveVolumeIndex, Vwap, WilliamsAccumulation,
} from '@nautilus/quant';
import { define, ofBars, ofValues, unitOf } from '../families.ts';
import type { Family, FeatureUnit } from '../feature.ts';

const volume = { category: 'volume', unit: 'volume' } as const;
const index = { category: 'volume', unit: 'index' } as const;

function anchoredVwap(): FeatureUnit {
  const kernel = new Vwap();
  return unitOf(kernel, (bar) => ({ number: kernel.update({ ...bar, session: 0 }), reason: 'no_volume' }));
}

/** What prices and volumes say together. */
export const VOLUMES: readonly Family[] = [
  ofBars('mfi', {
    category: 'volume', unit: '0…100', parameters: { period: 14 }, conventions: ['talib', 'skender'], bars: (p) => p.period + 1,
    formula: (p) => `100·P/(P + N) of typical price·V over ${p.period} bars, P where the typical price rose, N where it fell (Quong and Soudack 1989)`,
  }, (p, convention) => new MoneyFlowIndex(p.period, convention)),
  ofBars('obv', { ...volume, conventions: ['talib', 'skender', 'tulip'], formula: '+ V on a rise of the close, − V on a fall, begun at the first V, in Skender and Tulip at 0 (Granville 1963)', bars: 1 }, (_p, convention) => new OnBalanceVolume(convention)),
  ofBars('adosc', { ...volume, parameters: { fast: 3, slow: 10 }, formula: (p) => `EMA ${p.fast} − EMA ${p.slow} of the accumulation/distribution line, both begun at its first value (Chaikin)`, bars: (p) => p.slow }, (p) => new ChaikinOscillator(p.fast, p.slow)),
  define('anchored_vwap', { category: 'volume', unit: 'price', formula: 'Σ typical price·V / ΣV since the first bar', bars: 1 }, () => anchoredVwap),
  ofValues('vosc', { category: 'volume', unit: 'percent', parameters: { fast: 14, slow: 28 }, conventions: ['tulip'], formula: (p) => `100·(fast − slow)/slow of mean volumes of ${p.fast} and ${p.slow} bars`, bars: (p) => p.slow }, (p) => new PercentagePriceOscillator(p.fast, p.slow), 'volume'),
  ofBars('emv', { category: 'volume', unit: 'price²/volume', conventions: ['tulip'], formula: 'change of (H + L)/2 over V/(10 000·(H − L)) (Arms 1989)', bars: 2 }, () => new EaseOfMovement()),
  ofBars('marketfi', { category: 'volume', unit: 'price/volume', conventions: ['tulip'], formula: '(H − L)/V (Williams)', bars: 1 }, () => new MarketFacilitation()),
  ofBars('kvo', { ...volume, parameters: { fast: 34, slow: 55 }, conventions: ['tulip'], formula: (p) => `EMA ${p.fast} − EMA ${p.slow} of the volume force 100·V·|2d/m − 1|·trend (Klinger 1997)`, bars: 2 }, (p) => new KlingerOscillator(p.fast, p.slow)),
  ofBars('nvi', { ...index, conventions: ['tulip'], formula: 'begun at 1000, follows the close where the volume fell (Fosback 1976)', bars: 1 }, () => new NegativeVolumeIndex()),
  ofBars('pvi', { ...index, conventions: ['tulip'], formula: 'begun at 1000, follows the close where the volume rose (Fosback 1976)', bars: 1 }, () => new PositiveVolumeIndex()),
  ofBars('wad', { category: 'technical', unit: 'price', conventions: ['tulip'], formula: 'Σ of C − min(L, C₋₁) on a rise, C − max(H, C₋₁) on a fall (Williams)', bars: 2 }, () => new WilliamsAccumulation()),
];
