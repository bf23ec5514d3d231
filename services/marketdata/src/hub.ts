import { topics, type Bar, type BookUpdate, type EpochMs, type Provenance, type Quote, type Trade } from '@nautilus/model';
import { Books, type BookEvent, type BookRejection } from './books/books.ts';
import { BarBuilder, type SessionAnchor } from './bars.ts';
import { knownAtMs, type MarketEvent } from './events.ts';
import type { Outbox } from './outbox.ts';
import { PriceUpdates, type Update } from './price-updates.ts';
import { Pulse } from './pulse.ts';
import { QualityRules, type Flag, type Rejection, type Verdict } from './validate.ts';

export interface HubPorts {
  readonly outbox: Outbox;
  /** Wall-clock milliseconds. */
  readonly now: () => EpochMs;
  readonly anchor: SessionAnchor;
  readonly onRejected: (reason: Rejection | BookRejection) => void;
  readonly onFlagged: (flag: Flag) => void;
  readonly onProvenance: (provenance: Provenance) => void;
  /** Whether events are expected now. */
  readonly isInSession: (now: EpochMs) => boolean;
  /** Nothing came of a symbol for far longer than usual within a session. */
  readonly onQuiet: (source: string, symbol: string, since: EpochMs) => void;
}

export const REPLAY_LANE = 'replay';

/** What has a price and a moment of its own; changes of books go their own way. */
type TapeEvent = Exclude<MarketEvent, { readonly type: 'level2' }>;

/** What is known of one symbol in memory. */
export interface LastSeen {
  trade: Trade | undefined;
  /** The last update per side; a side never seen is undefined. */
  bid: Quote | undefined;
  ask: Quote | undefined;
  bar: Bar | undefined;
}

/** Figures of one source and symbol since the start. */
export interface FeedFigures {
  messages: number;
  rejected: number;
  /** Event time of the last record. */
  lastEventMs: EpochMs | null;
}

/** What keeps the events of one stream of time apart from those of another: a replay run, or one ingested source. */
interface Lane {
  rules: QualityRules;
  bars: BarBuilder;
  updates: PriceUpdates;
  readonly last: Map<string, LastSeen>;
}

/** The one way from a normalised event to the bus: quality rules, bars, updates, last values. */
export class Hub {
  readonly #ports: HubPorts;
  readonly #lanes = new Map<string, Lane>();
  readonly #feeds = new Map<string, FeedFigures>();
  /** Events put on the bus since the start; read by the metrics, because a counter with labels is too slow per event. */
  readonly published: Readonly<Record<Provenance, Record<MarketEvent['type'], number>>> = {
    live: { trade: 0, quote: 0, bar: 0, level2: 0 }, replay: { trade: 0, quote: 0, bar: 0, level2: 0 }, simulated: { trade: 0, quote: 0, bar: 0, level2: 0 },
  };
  lastPublishedMs: EpochMs | null = null;
  #provenance: Provenance | undefined;
  readonly #topicOf = {
    trade: topicCache(topics.marketData.tick.of), quote: topicCache(topics.marketData.quote.of), bar: topicCache(topics.marketData.bar.of),
    level2: topicCache(topics.marketData.level2.of),
  };
  readonly #books = new Books(REPLAY_LANE);
  /** Of what comes live or is ingested; a replay has a schedule of its own. */
  readonly #pulse = new Pulse();

  constructor(ports: HubPorts) {
    this.#ports = ports;
  }

  /** Gives the reason when the event cannot travel. `lane` names the stream of time it belongs to. */
  take(lane: string, item: MarketEvent): Rejection | BookRejection | undefined {
    if (item.type === 'level2') return this.#takeBook(lane, item.event);
    const state = this.#lane(lane);
    const figures = this.figures(item.event.source, item.event.symbol);
    const verdict = judge(state.rules, item);
    if (verdict.rejected !== undefined) {
      figures.rejected += 1;
      this.#ports.onRejected(verdict.rejected);
      return verdict.rejected;
    }
    for (const flag of verdict.flags) this.#ports.onFlagged(flag);
    figures.messages += 1;
    figures.lastEventMs = knownAtMs(item);
    if (lane !== REPLAY_LANE) this.#pulse.seen(`${item.event.source} ${item.event.symbol}`, this.#ports.now());
    this.#publish(state, item, verdict);
    return undefined;
  }

  /** Drops bars in the making, last values and the memory of the quality rules: the stream begins anew. */
  begin(lane: string): void {
    this.#lanes.delete(lane);
    this.#books.begin(lane);
  }

  /** Ends the bars in the making: nothing more comes before the next session. */
  endSession(lane: string): void {
    const state = this.#lane(lane);
    this.#bars(state, state.bars.finish());
    this.#updates(state.updates.due(Infinity));
    Object.assign(state, this.#fresh(lane));
  }

  /** Sends what the throttle held back and looks for streams that have fallen silent; call it every UPDATE_INTERVAL_MS. */
  tick(): void {
    const now = this.#ports.now();
    for (const lane of this.#lanes.values()) this.#updates(lane.updates.due(now));
    if (!this.#ports.isInSession(now)) return this.#pulse.pause(now);
    for (const { key, since } of this.#pulse.quiet(now)) {
      const separator = key.indexOf(' ');
      this.#ports.onFlagged('stale');
      this.#ports.onQuiet(key.slice(0, separator), key.slice(separator + 1), since);
    }
  }

  /**
   * Undefined before the first event of the symbol. What was ingested goes before what is replayed. `bar` is the
   * one in the making if there is one, else the last.
   */
  lastSeen(symbol: string): Readonly<LastSeen> | undefined {
    const lanes = [...this.#lanes].filter(([, lane]) => lane.last.has(symbol)).sort(([a], [b]) => Number(a === REPLAY_LANE) - Number(b === REPLAY_LANE));
    const lane = lanes[0]?.[1];
    const last = lane?.last.get(symbol);
    return last === undefined ? undefined : { ...last, bar: lane?.bars.current(symbol) ?? last.bar };
  }

  /** The best levels of a book, `stale` while updates are missing; undefined for a symbol without one. */
  book(symbol: string, levels: number): BookUpdate | undefined {
    return this.#books.view(symbol, levels);
  }

  /** Symbols that have a book, ascending. */
  get bookSymbols(): readonly string[] {
    return this.#books.symbols();
  }

  /** Trades that came too late to correct a bar. */
  get tooLate(): number {
    return [...this.#lanes.values()].reduce((sum, { bars }) => sum + bars.tooLate, 0);
  }

  figures(source: string, symbol: string): FeedFigures {
    const key = `${source}:${symbol}`;
    let figures = this.#feeds.get(key);
    if (figures === undefined) {
      figures = { messages: 0, rejected: 0, lastEventMs: null };
      this.#feeds.set(key, figures);
    }
    return figures;
  }

  /** Records of a source that travelled since the start. */
  messagesOf(source: string): number {
    return [...this.#feeds].reduce((sum, [key, { messages }]) => (key.startsWith(`${source}:`) ? sum + messages : sum), 0);
  }

  #takeBook(lane: string, event: BookEvent): BookRejection | undefined {
    const { rejected, update, isCrossed } = this.#books.take(lane, event);
    const figures = this.figures(event.source, event.symbol);
    if (isCrossed) this.#ports.onFlagged('crossed');
    if (update !== undefined) this.#send(this.#topicOf.level2(event.symbol), 'level2', update);
    if (rejected === undefined) {
      figures.messages += 1;
      figures.lastEventMs = Number(event.ts_event_ns / 1_000_000n);
    } else {
      figures.rejected += 1;
      this.#ports.onRejected(rejected);
    }
    return rejected;
  }

  #publish(lane: Lane, item: TapeEvent, verdict: Verdict): void {
    const last = lastOf(lane, item.event.symbol);
    switch (item.type) {
      case 'trade': {
        const trade = marked(item.event, verdict);
        this.#send(this.#topicOf.trade(trade.symbol), 'trade', trade);
        if (!trade.suspicious && trade.size > 0) {
          last.trade = trade;
          this.#bars(lane, lane.bars.add(trade));
          const update = lane.updates.add(trade, this.#ports.now());
          if (update !== undefined) this.#updates([update]);
        }
        return;
      }
      case 'quote': {
        const quote = marked(item.event, verdict);
        this.#send(this.#topicOf.quote(quote.symbol), 'quote', quote);
        if (!quote.suspicious && quote.bid !== null) last.bid = quote;
        if (!quote.suspicious && quote.ask !== null) last.ask = quote;
        break;
      }
      case 'bar':
        this.#bars(lane, [item.event]);
    }
    this.#bars(lane, lane.bars.advance(knownAtMs(item)));
  }

  #bars(lane: Lane, bars: readonly Bar[]): void {
    for (const bar of bars) {
      lastOf(lane, bar.symbol).bar = bar;
      this.#send(this.#topicOf.bar(bar.symbol), 'bar', bar);
    }
  }

  #updates(updates: readonly Update[]): void {
    for (const { symbol, price, volume } of updates) {
      this.#ports.outbox.put(topics.priceUpdate.of(symbol), price, { provenance: price.provenance });
      this.#ports.outbox.put(topics.volumeUpdate.of(symbol), volume, { provenance: volume.provenance });
    }
  }

  #send(topic: string, type: MarketEvent['type'], event: Trade | Quote | Bar | BookUpdate): void {
    this.#ports.outbox.put(topic, event, OPTIONS[event.provenance]);
    this.published[event.provenance][type] += 1;
    this.lastPublishedMs = this.#ports.now();
    if (this.#provenance !== event.provenance) {
      this.#provenance = event.provenance;
      this.#ports.onProvenance(event.provenance);
    }
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { ...this.#fresh(name), last: new Map() };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #fresh(name: string): Omit<Lane, 'last'> {
    return {
      rules: new QualityRules({ sourceJudges: name === REPLAY_LANE }), bars: new BarBuilder(this.#ports.anchor), updates: new PriceUpdates(),
    };
  }
}

const OPTIONS: Readonly<Record<Provenance, { readonly provenance: Provenance }>> = {
  live: { provenance: 'live' }, replay: { provenance: 'replay' }, simulated: { provenance: 'simulated' },
};

function lastOf(lane: Lane, symbol: string): LastSeen {
  let last = lane.last.get(symbol);
  if (last === undefined) {
    last = { trade: undefined, bid: undefined, ask: undefined, bar: undefined };
    lane.last.set(symbol, last);
  }
  return last;
}

function judge(rules: QualityRules, item: TapeEvent): Verdict {
  switch (item.type) {
    case 'trade': return rules.trade(item.event);
    case 'quote': return rules.quote(item.event);
    case 'bar': return rules.bar(item.event);
  }
}

function marked<E extends Trade | Quote>(event: E, verdict: Verdict): E {
  return verdict.distrusted && !event.suspicious ? { ...event, suspicious: true } : event;
}

/** Topics are asked for once per event; there are only as many as symbols. */
function topicCache(make: (symbol: string) => string): (symbol: string) => string {
  const known = new Map<string, string>();
  return (symbol) => {
    let topic = known.get(symbol);
    if (topic === undefined) {
      topic = make(symbol);
      known.set(symbol, topic);
    }
    return topic;
  };
}
