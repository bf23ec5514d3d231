export { SOBOL_MAX_DIMENSIONS, SobolSequence } from './sobol-sequence.ts';
