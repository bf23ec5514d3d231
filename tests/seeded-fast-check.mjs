// What tests get for 'fast-check' in CI: the same cases each time, so that a run tells of the commit and not of luck.
// At a desk every run asks other cases.
import fc from '../node_modules/fast-check/lib/fast-check.js';

fc.configureGlobal({ seed: 20_261_121 });

export * from '../node_modules/fast-check/lib/fast-check.js';
export default fc;
