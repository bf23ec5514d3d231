import { decimals, percent, quantity } from '../data/format.ts';
import { useSession, useStore } from './use-store.ts';

/** The newest VPIN reading in words and figures. */
export function ToxicityGauge() {
  const { market } = useSession();
  const reading = useStore(market.reading);
  const toxicity = useStore(market.toxicity);
  if (reading === null) {
    const words = toxicity.state === 'failed' ? `VPIN: ${toxicity.problem.title}` : toxicity.state === 'loading' ? 'VPIN loading…' : 'no VPIN bucket closed yet';
    return <span className="note" role="status" data-testid="toxicity-empty">{words}</span>;
  }
  const { value, level, percentile, confidence, bucket, warmingUp } = reading;
  const name = level ?? 'WARMING UP';
  return (
    <span className="toxicity" data-testid="toxicity">
      <span className="detail" title="Buy and sell volume of the last closed bucket">
        {bucket === null ? '' : `bucket ${bucket.id}: ${quantity(bucket.buy)} buy, ${quantity(bucket.sell)} sell`}
      </span>
      <span className="detail" title="Rank of this VPIN among those of the trailing year">pctl {percent(percentile)}</span>
      <span className="detail" title="Closed buckets over needed buckets, times the share of unflagged trades">
        conf {decimals(confidence, 2)}{warmingUp && level !== null ? ', warming up' : ''}
      </span>
      <span className="vpin" data-testid="vpin-value">VPIN {decimals(value, 3)}</span>
      <span className="level" data-level={name} data-testid="toxicity-level" aria-live="polite">{name}</span>
    </span>
  );
}
