import { factors } from './quant/factors.ts';
import { indicators } from './quant/indicators.ts';
import { portfolio } from './quant/portfolio.ts';
import { vpin } from './quant/vpin.ts';
import type { Subject } from './report.ts';

export const subject: Subject = {
  title: 'Mathematics',
  conditions: () => ({ Timing: 'CPU time of the one thread that computes, without the threads that compile and collect; simulated prices, seeded' }),
  cases: [indicators, factors, portfolio, vpin],
};
