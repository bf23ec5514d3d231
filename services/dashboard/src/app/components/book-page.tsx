import { dateIn, decimals, percent, quantity, timeIn, type ZoneKey } from '../data/format.ts';
import { cumulated, imbalance, priceDigits, type Book, type CumulativeLevel } from '../data/order-book.ts';
import { valueOf, type Resource } from '../data/poller.ts';
import { DepthChart } from './depth-chart.tsx';
import { LinkNote, missingPart, Panel, Placeholder, StaleNote } from './panel.tsx';
import { QuotedDepthPanel } from './quoted-depth.tsx';
import { useSession, useStore, useWatched } from './use-store.ts';

const shownLevels = 25;

/** The order book of the chosen symbol, its depth as a chart, and what venues quote best. */
export function BookPage({ zone }: { readonly zone: ZoneKey }) {
  const { market, book: live, pages } = useSession();
  const symbol = useStore(market.symbol);
  const pushed = useStore(live.book);
  const asked = useWatched(pages.book);
  // Updates that arrive are newer than any answer; before the first one the answer is the book.
  const book = pushed ?? valueOf(asked);
  return (
    <main className="desk book-page">
      <Ladder symbol={symbol} book={book} isLive={pushed !== null} asked={asked} zone={zone} />
      <Panel title="Depth" area="depth" testId="depth-panel">
        {book === undefined ? missing(symbol, asked) : book.state === 'stale' ? <Gap book={book} /> : <DepthChart book={book} />}
      </Panel>
      <QuotedDepthPanel symbol={symbol} zone={zone} />
    </main>
  );
}

function missing(symbol: string | null, asked: Resource<Book>) {
  if (symbol === null) return <Placeholder kind="loading" text="Waiting for a symbol…" />;
  if (asked.state === 'absent') return <Placeholder kind="empty" text={`No order book of ${symbol}`} detail="No source of this symbol sends its levels. What venues quote best is told beside." />;
  return missingPart(asked, `order book of ${symbol}`);
}

function Gap({ book }: { readonly book: Book }) {
  return <Placeholder kind="empty" text="Gap: updates of the book are missing" detail={`${(book.reason ?? 'It is not known why').replaceAll('_', ' ')}. Nothing is shown until the next snapshot, which has been asked for.`} />;
}

interface LadderProps {
  readonly symbol: string | null;
  readonly book: Book | undefined;
  readonly isLive: boolean;
  readonly asked: Resource<Book>;
  readonly zone: ZoneKey;
}

function Ladder({ symbol, book, isLive, asked, zone }: LadderProps) {
  const state = book === undefined ? 'none' : book.state === 'stale' ? 'stale' : isLive ? 'live' : 'asked';
  return (
    <Panel title="Order book" area="ladder" testId="book-panel"
      lead={<><span className="note" data-testid="book-symbol">{symbol ?? ''}</span><StateWord state={state} /></>}
      tail={<><LinkNote />{isLive ? null : <StaleNote resource={asked} />}</>}
      strip={book === undefined || book.state === 'stale' ? undefined : <Figures book={book} zone={zone} />}>
      {book === undefined ? missing(symbol, asked) : book.state === 'stale' ? <Gap book={book} /> : <Levels book={book} old={!isLive && asked.state === 'stale'} />}
    </Panel>
  );
}

type BookState = 'none' | 'stale' | 'live' | 'asked';

const stateWords: Readonly<Record<BookState, { readonly tone: string; readonly words: string; readonly help: string }>> = {
  none: { tone: 'quiet', words: 'no book', help: 'No order book is known' },
  stale: { tone: 'warning', words: 'gap', help: 'Updates are missing; a snapshot has been asked for' },
  live: { tone: 'good', words: 'live', help: 'Every update of the book arrives' },
  asked: { tone: 'info', words: 'asked every 2 s', help: 'No update has arrived since this page is open; the book is asked for' },
};

function StateWord({ state }: { readonly state: BookState }) {
  const { tone, words, help } = stateWords[state];
  return <span className="state-word note" role="status" title={help} data-testid="book-state" data-state={state}><span className="dot" data-tone={tone} />{words}</span>;
}

function Figures({ book, zone }: { readonly book: Book; readonly zone: ZoneKey }) {
  const [bid, ask] = [book.bids[0], book.asks[0]];
  const digits = priceDigits([...book.bids, ...book.asks]);
  const spread = bid === undefined || ask === undefined ? null : ask.price - bid.price;
  const middle = bid === undefined || ask === undefined ? null : (ask.price + bid.price) / 2;
  return (
    <span className="figures">
      <span>mid <b data-testid="book-mid">{decimals(middle, digits + 1)}</b></span>
      <span>spread <b data-testid="book-spread">{decimals(spread, digits)}</b></span>
      {[1, 5, 10].map((count) => <span key={count} title={`(bid − ask) / (bid + ask) over the best ${count} levels`}>imbalance {count} <b data-testid={`book-imbalance-${count}`}>{percent(imbalance(book, count))}</b></span>)}
      <span>update <b data-testid="book-update">{book.update ?? '–'}</b></span>
      <span title="Event time of the last update">{book.atMs === null ? '–' : `${dateIn(book.atMs, zone)} ${timeIn(book.atMs, zone)}`}</span>
      <span>{[book.venue, book.source, book.provenance].filter((word) => word !== '' && word !== null).join(' · ')}</span>
    </span>
  );
}

function Levels({ book, old }: { readonly book: Book; readonly old: boolean }) {
  if (book.bids.length === 0 && book.asks.length === 0) return <Placeholder kind="empty" text="The book is empty" />;
  const [bids, asks] = [cumulated(book.bids.slice(0, shownLevels)), cumulated(book.asks.slice(0, shownLevels))];
  const most = Math.max(bids.at(-1)?.total ?? 0, asks.at(-1)?.total ?? 0);
  const digits = priceDigits([...bids, ...asks]);
  return (
    <table className={`grid-table ladder ${old ? 'old' : ''}`} data-testid="ladder">
      <thead>
        <tr>
          <th scope="col" className="figure" title="Size of this level and of all better ones">Total</th>
          <th scope="col" className="figure">Size</th>
          <th scope="col" className="figure tone-up">Bid</th>
          <th scope="col" className="tone-down">Ask</th>
          <th scope="col">Size</th>
          <th scope="col" title="Size of this level and of all better ones">Total</th>
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: Math.max(bids.length, asks.length) }, (_, index) => (
          <tr key={index} data-testid="ladder-row">
            <Total level={bids[index]} most={most} side="bid" />
            <td className="figure soft">{quantity(bids[index]?.size)}</td>
            <td className="figure tone-up" data-testid="bid-price">{decimals(bids[index]?.price, digits)}</td>
            <td className="tone-down" data-testid="ask-price">{decimals(asks[index]?.price, digits)}</td>
            <td className="soft">{quantity(asks[index]?.size)}</td>
            <Total level={asks[index]} most={most} side="ask" />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Total({ level, most, side }: { readonly level: CumulativeLevel | undefined; readonly most: number; readonly side: 'bid' | 'ask' }) {
  return (
    <td className={`total ${side} ${side === 'bid' ? 'figure' : ''}`} data-testid={`${side}-total`}>
      <i style={{ width: level === undefined || most === 0 ? 0 : `${(level.total / most) * 100}%` }} aria-hidden="true" />
      <span>{quantity(level?.total)}</span>
    </td>
  );
}
