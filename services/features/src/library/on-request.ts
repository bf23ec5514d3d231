import type { Family } from '../feature.ts';
import { AVERAGES } from './averages.ts';
import { CYCLES } from './cycles.ts';
import { OSCILLATORS } from './oscillators.ts';
import { PATTERNS } from './patterns.ts';
import { STATISTICS } from './statistics.ts';
import { TRANSFORMS } from './transforms.ts';
import { TRENDS } from './trends.ts';
import { VOLATILITIES } from './volatilities.ts';
import { VOLUMES } from './volumes.ts';

/** Computed only where a request or a subscription names them. */
export const ON_REQUEST: readonly Family[] = [...AVERAGES, ...OSCILLATORS, ...TRENDS, ...VOLUMES, ...VOLATILITIES, ...STATISTICS, ...CYCLES, ...PATTERNS, ...TRANSFORMS];
