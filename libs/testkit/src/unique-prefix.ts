import { randomBytes } from 'node:crypto';

/** Letters and digits, starting with a letter: keeps one test file's keys, groups and databases from another's. */
export function uniquePrefix(): string {
  return `t${randomBytes(6).toString('hex')}`;
}
