/** Only what is there: an absent parameter and one that is undefined are different things to a source. */
export function present<T extends object>(parameters: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
