/** How many connections an address and a user hold. */
export class ConnectionCount {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  opened(keys: readonly string[]): void {
    for (const key of keys) this.#counts.set(key, this.of(key) + 1);
  }

  closed(keys: readonly string[]): void {
    for (const key of keys) {
      const left = this.of(key) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    }
  }
}

/** What a connection counts for. */
export function countedAs({ ip, user }: { readonly ip: string; readonly user: string | undefined }): readonly string[] {
  return user === undefined ? [`address ${ip}`] : [`address ${ip}`, `user ${user}`];
}
