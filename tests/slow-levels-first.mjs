import SizeOrTime from '@jest/test-sequencer';

/** Their files start servers, databases and Helm: small ones may take minutes. */
const SLOW = new Set(['conformance', 'chart']);
const isSlow = ({ context }) => SLOW.has(context.config.displayName?.name);

/** Jest's order, by the time of the last run or by size, which says nothing of these levels: they begin, so that no worker is left alone with them at the end. */
export default class SlowLevelsFirst extends SizeOrTime {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(isSlow), ...sorted.filter((test) => !isSlow(test))];
  }
}
