import { CyclePhase, CyclePhasor, DominantCyclePeriod, MesaSineWave, TrendMode } from '@nautilus/quant';
import { ofValues, valuesRead } from '../families.ts';
import type { Family } from '../feature.ts';

const cycle = { category: 'cycle' } as const;

/** The dominant cycle by Hilbert transform (Ehlers 2001) and by its first harmonic (1996). */
export const CYCLES: readonly Family[] = [
  ofValues('ht_dcperiod', { ...cycle, unit: 'bars', formula: 'smoothed period of the dominant cycle, 6…50', bars: 33 }, () => new DominantCyclePeriod()),
  valuesRead('ht_phasor', { ...cycle, unit: 'of the input', formula: 'part of the dominant cycle in phase; component: quadrature', bars: 33 }, () => new CyclePhasor(), ({ inPhase, quadrature }) => ({ number: inPhase, components: { quadrature } })),
  valuesRead('ht_dcphase', { ...cycle, unit: 'degrees', formula: 'phase of the dominant cycle', bars: 64 }, () => new CyclePhase(), ({ phase }) => ({ number: phase })),
  valuesRead('ht_sine', { ...cycle, unit: '−1…1', formula: 'sine of the phase of the dominant cycle; component: lead, 45° ahead', bars: 64 }, () => new CyclePhase(), ({ sine, leadSine }) => ({ number: sine, components: { lead: leadSine } })),
  ofValues('ht_trendmode', { ...cycle, unit: '0, 1', formula: '1 where the market trends, 0 where it cycles', bars: 64 }, () => new TrendMode()),
  valuesRead('msw', {
    ...cycle, unit: '−1…1', parameters: { period: 14 }, conventions: ['tulip'], formula: (p) => `sine of the phase of a cycle of ${p.period} bars; component: lead, 45° ahead`, bars: (p) => p.period + 1,
  }, (p) => new MesaSineWave(p.period), ({ sine, lead }) => ({ number: sine, components: { lead } })),
];
