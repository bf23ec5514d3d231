export { normalInverse } from './normal-inverse.ts';
export { type RandomState, randomStreams, SeededRandom } from './seeded-random.ts';
export { SOBOL_MAX_DIMENSIONS, SobolSequence } from './sobol-sequence.ts';
