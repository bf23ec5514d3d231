/** Negative when entry `a` was written before `b` into the same lane. Ids are `<milliseconds>-<sequence>`, as in Redis Streams. */
export function compareEntryIds(a: string, b: string): number {
  const [aMs, aSeq] = a.split('-').map(Number);
  const [bMs, bSeq] = b.split('-').map(Number);
  return (aMs ?? 0) - (bMs ?? 0) || (aSeq ?? 0) - (bSeq ?? 0);
}

/** The id just before `id`: a group whose last delivered entry it is gets `id` next. */
export function entryIdBefore(id: string): string {
  const [ms = '0', seq = '0'] = id.split('-');
  if (BigInt(seq) > 0n) return `${ms}-${BigInt(seq) - 1n}`;
  return BigInt(ms) === 0n ? '0-0' : `${BigInt(ms) - 1n}-${LAST_SEQUENCE}`;
}

const LAST_SEQUENCE = 2n ** 64n - 1n;
