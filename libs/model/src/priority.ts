/** Six priorities, highest first. A consumer empties a higher lane before a lower one. */
export const PRIORITIES = ['FLASH_CRASH', 'CRITICAL', 'URGENT', 'HIGH', 'NORMAL', 'LOW'] as const;

export type Priority = (typeof PRIORITIES)[number];

const RANK: ReadonlyMap<string, number> = new Map(PRIORITIES.map((name, rank) => [name, rank]));

/** 0 is the most urgent. */
export function rankOf(priority: Priority): number {
  return RANK.get(priority) ?? PRIORITIES.length;
}

export function isPriority(text: string): text is Priority {
  return RANK.has(text);
}

/** URGENT and above never wait for company in a buffer. */
export function leavesAtOnce(priority: Priority): boolean {
  return rankOf(priority) <= rankOf('URGENT');
}
