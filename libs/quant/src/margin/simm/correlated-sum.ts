/** Correlations of a bucket: `within(block)` of two factors in one block, `between` of two in different blocks. */
export interface BlockCorrelation {
  readonly between: number;
  within(block: string): number;
}

/**
 * Σ_kΣ_l ρ_kl·f_kl·w_k·w_l with f_kl = min(c_k, c_l)/max(c_k, c_l) and f_kk = ρ_kk = 1, not below 0.
 *
 * In ascending order of c the double sum needs one pass: f_kl·w_k·w_l = (w_k·c_k)·(w_l/c_l) for k before l, so running
 * sums of w·c, over all factors and over each block, hold everything that came before. O(n log n), O(n) when all c are equal.
 * `power` 2 takes the squares of the correlations.
 */
export function correlatedSquare(weighted: Float64Array, concentrations: Float64Array, blocks: readonly string[], correlation: BlockCorrelation, power: 1 | 2): number {
  const raised = (value: number): number => (power === 2 ? value * value : value);
  const between = raised(correlation.between);
  const order = ascending(concentrations);
  const inBlock = new Map<string, { readonly excess: number; before: number; pairs: number }>();
  let squares = 0;
  let before = 0;
  let pairs = 0;
  for (let n = 0; n < weighted.length; n++) {
    const i = order?.[n] ?? n;
    const w = weighted[i] ?? 0;
    const c = concentrations[i] ?? 1;
    const name = blocks[i] ?? '';
    let block = inBlock.get(name);
    if (block === undefined) inBlock.set(name, (block = { excess: raised(correlation.within(name)) - between, before: 0, pairs: 0 }));
    squares += w * w;
    pairs += (w / c) * before;
    before += w * c;
    block.pairs += (w / c) * block.before;
    block.before += w * c;
  }
  let sum = squares + 2 * between * pairs;
  for (const block of inBlock.values()) sum += 2 * block.excess * block.pairs;
  return Math.max(0, sum);
}

/** Undefined when all are equal. */
function ascending(values: Float64Array): Uint32Array | undefined {
  const first = values[0];
  if (values.every((value) => value === first)) return undefined;
  return Uint32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
}
