/** How long to wait before attempt `n` (from 1): doubles from `firstMs` up to `mostMs`, then varied by a fifth. */
export function backOffMs(attempt: number, random: () => number, firstMs = 100, mostMs = 5_000): number {
  const plain = Math.min(mostMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return plain * (0.9 + 0.2 * random());
}
