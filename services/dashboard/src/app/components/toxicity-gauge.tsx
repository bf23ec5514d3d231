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
  const { value, level } = reading;
  const name = level ?? 'WARMING UP';
  return (
    <span className="toxicity" data-testid="toxicity">
      <span className="vpin" data-testid="vpin-value">VPIN {decimals(value, 3)}</span>
      <span className="level" data-level={name} data-testid="toxicity-level" aria-live="polite">{name}</span>
    </span>
  );
}

/** What the reading rests on. */
export function ToxicityDetail() {
  const reading = useStore(useSession().market.reading);
  if (reading === null) return null;
  const { percentile, confidence, bucket, warmingUp } = reading;
  return (
    <span className="figures" data-testid="toxicity-detail">
      {warmingUp ? <span className="tone-warning">warming up</span> : null}
      {bucket === null ? null : (
        <span title="The last closed bucket: buy, sell and target volume">
          bucket {bucket.id} <b>{quantity(bucket.buy)}</b> buy <b>{quantity(bucket.sell)}</b> sell of <b>{quantity(bucket.target)}</b>
        </span>
      )}
      <span title="Rank of this VPIN among those of the trailing year">percentile <b>{percent(percentile)}</b></span>
      <span title="Closed buckets over needed buckets, times the share of unflagged trades">confidence <b>{decimals(confidence, 2)}</b></span>
    </span>
  );
}
