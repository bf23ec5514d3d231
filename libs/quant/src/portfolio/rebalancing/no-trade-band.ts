import { InvalidInputError } from '@nautilus/model';

/**
 * Half-width of the band around a target weight within which trading costs more than it mends:
 * (3/(2γ)·t²(1−t)²·k)^{1/3}, the leading term for small cost k per unit of value traded on either side and risk aversion γ
 * (Davis & Norman 1990; Gerhold, Guasoni, Muhle-Karbe & Schachermayer 2014, whose spread is 2k). Each asset stands alone.
 */
export function noTradeHalfWidth(target: number, { costRate, riskAversion }: { readonly costRate: number; readonly riskAversion: number }): number {
  if (!Number.isFinite(target)) throw new InvalidInputError([{ path: 'target', message: 'must be finite' }]);
  if (!(costRate >= 0 && costRate < 1)) throw new InvalidInputError([{ path: 'costRate', message: 'must be from 0 to below 1' }]);
  if (!(riskAversion > 0 && riskAversion < Infinity)) throw new InvalidInputError([{ path: 'riskAversion', message: 'must be positive' }]);
  return Math.cbrt(((3 * costRate) / (2 * riskAversion)) * target ** 2 * (1 - target) ** 2);
}

/**
 * The weights with the sum of the targets that lie in every band and need the least trading: what is outside goes to the
 * edge of its band, and what the sum then lacks is spread over the room that the bands leave, in proportion to it.
 * @param halfWidths one per asset, or one for all.
 * @throws InvalidInputError for sizes that differ and numbers that are not finite or negative widths.
 */
export function withinBands(weights: ArrayLike<number>, targets: ArrayLike<number>, halfWidths: number | ArrayLike<number>): Float64Array {
  const n = targets.length;
  const widths = typeof halfWidths === 'number' ? new Float64Array(n).fill(halfWidths) : Float64Array.from(halfWidths);
  if (weights.length !== n || widths.length !== n) throw new InvalidInputError([{ path: 'weights', message: `${weights.length} weights and ${widths.length} bands for ${n} targets` }]);
  let missing = 0;
  const result = Float64Array.from(targets, (target, i) => {
    const [weight, width] = [weights[i] ?? NaN, widths[i] ?? NaN];
    if (!Number.isFinite(target) || !Number.isFinite(weight) || !(width >= 0 && width < Infinity)) throw new InvalidInputError([{ path: `weights.${i}`, message: 'weight, target and band must be finite, the band from 0 on' }]);
    const clipped = Math.min(target + width, Math.max(target - width, weight));
    missing += target - clipped;
    return clipped;
  });
  const room = result.map((weight, i) => Math.max(0, missing > 0 ? (targets[i] ?? 0) + (widths[i] ?? 0) - weight : weight - (targets[i] ?? 0) + (widths[i] ?? 0)));
  const total = room.reduce((sum, value) => sum + value, 0);
  if (total === 0) return result;
  return result.map((weight, i) => weight + (missing * (room[i] ?? 0)) / total);
}
