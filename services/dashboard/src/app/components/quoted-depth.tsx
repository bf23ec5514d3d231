import { decimals, quantity, timeIn, type ZoneKey } from '../data/format.ts';
import { priceDigits, type QuotedDepth } from '../data/order-book.ts';
import { valueOf } from '../data/poller.ts';
import { missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { useSession, useWatched } from './use-store.ts';

/** The best quotes of all venues as price levels. */
export function QuotedDepthPanel({ symbol, zone }: { readonly symbol: string | null; readonly zone: ZoneKey }) {
  const resource = useWatched(useSession().pages.depth);
  const depth = valueOf(resource);
  return (
    <Panel title="Best quotes of venues" area="quotes" testId="quotes-panel" tail={<StaleNote resource={resource} />}
      lead={depth === undefined ? null : <span className={`note ${depth.state === 'open' ? '' : 'stale'}`} data-testid="quotes-state">{depth.state.replaceAll('_', ' ')}</span>}
      strip={depth === undefined ? undefined : <Figures depth={depth} zone={zone} />}>
      {symbol === null ? <Placeholder kind="loading" text="Waiting for a symbol…" /> : missingPart(resource, `quote of ${symbol}`)}
      {depth === undefined ? null : depth.bids.length + depth.asks.length === 0 ? <Placeholder kind="empty" text="No venue quotes now" /> : <Levels depth={depth} old={resource.state === 'stale'} />}
    </Panel>
  );
}

function Figures({ depth: { spread, mid, quotes, atMs, bids, asks, provenance }, zone }: { readonly depth: QuotedDepth; readonly zone: ZoneKey }) {
  const digits = priceDigits([...bids, ...asks]);
  return (
    <span className="figures">
      <span>mid <b data-testid="quotes-mid">{decimals(mid, digits + 1)}</b></span>
      <span>spread <b data-testid="quotes-spread">{decimals(spread, digits)}</b></span>
      <span>quotes <b>{quantity(quotes)}</b></span>
      <span>{atMs === null ? '–' : timeIn(atMs, zone)}</span>
      <span>{provenance ?? ''}</span>
    </span>
  );
}

function Levels({ depth: { bids, asks }, old }: { readonly depth: QuotedDepth; readonly old: boolean }) {
  const digits = priceDigits([...bids, ...asks]);
  return (
    <table className={`grid-table ladder ${old ? 'old' : ''}`} data-testid="quotes">
      <thead>
        <tr>
          <th scope="col" className="figure">Venues</th>
          <th scope="col" className="figure">Size</th>
          <th scope="col" className="figure tone-up">Bid</th>
          <th scope="col" className="tone-down">Ask</th>
          <th scope="col">Size</th>
          <th scope="col">Venues</th>
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: Math.max(bids.length, asks.length) }, (_, index) => (
          <tr key={index}>
            <td className="figure faint">{quantity(bids[index]?.venues)}</td>
            <td className="figure soft" data-testid="quote-bid-size">{quantity(bids[index]?.size)}</td>
            <td className="figure tone-up" data-testid="quote-bid">{decimals(bids[index]?.price, digits)}</td>
            <td className="tone-down" data-testid="quote-ask">{decimals(asks[index]?.price, digits)}</td>
            <td className="soft">{quantity(asks[index]?.size)}</td>
            <td className="faint">{quantity(asks[index]?.venues)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
