import { carriesData, ReconnectingSocket, type Frame, type LinkStatus } from '@nautilus/client';
import { matches, topics } from '@nautilus/model';
import type { Address, PageKey } from './address.ts';
import { Api } from './api.ts';
import { feedEventOf, feedTopics, withEvent, type FeedEvent, type NewFeedEvent } from './event-feed.ts';
import { LiveBook } from './live-book.ts';
import { MarketView } from './market-view.ts';
import { PageData } from './page-data.ts';
import { PlatformView } from './platform-view.ts';
import { valueOf } from './poller.ts';
import type { Ports } from './ports.ts';
import type { Problem } from './problem.ts';
import { isRecord, text } from './read.ts';
import { ReplayControl } from './replay-control.ts';
import { wentBack, type ReplayState } from './replay.ts';
import { Store, type Schedule } from './store.ts';
import { readSymbols } from './symbol-list.ts';

export interface Notice {
  readonly key: number;
  readonly problem: Problem;
}

/** Numbers in tables change at most this often: faster cannot be read. */
const calmMs = 200;
const feedLimit = 200;
const noticeLimit = 4;
const socketPath = '/api/websocket/ws';
const symbolsRetryMs = 5_000;

/** The whole client: one socket, the views that it feeds, and what the person using the page did. */
export class Session {
  readonly market: MarketView;
  readonly platform: PlatformView;
  readonly replay: ReplayControl;
  readonly pages: PageData;
  readonly page: Store<PageKey>;
  readonly book: LiveBook;
  readonly link: Store<LinkStatus>;
  readonly feed: Store<readonly FeedEvent[]>;
  readonly notices: Store<readonly Notice[]>;
  readonly symbols: Store<readonly string[]>;
  /** Id of this page's own connection at the websocket engine; null until it said welcome. */
  readonly connectionId: Store<string | null>;
  readonly #ports: Ports;
  readonly #api: Api;
  readonly #socket: ReconnectingSocket;
  readonly #asked: string | null;
  #stopped = false;
  #key = 0;

  constructor(ports: Ports, { symbol, page }: Address) {
    const soon: Schedule = ports.frame;
    const calm: Schedule = (run) => void ports.after(calmMs, run);
    this.#ports = ports;
    this.#asked = symbol;
    this.#api = new Api(ports);
    // After a reconnection the views load what they show; old messages on top of that would be wrong.
    const handlers = { frame: (frame: Frame) => this.#take(frame), status: (status: LinkStatus) => this.#linkChanged(status) };
    this.#socket = new ReconnectingSocket(ports, socketPath, handlers, { resume: false });
    this.market = new MarketView(ports, this.#api, soon, calm);
    this.platform = new PlatformView(ports, this.#api, soon, () => this.#socket.received);
    this.pages = new PageData(ports, this.#api, soon, this.market);
    this.page = new Store<PageKey>(page, soon);
    this.connectionId = new Store<string | null>(null, soon);
    this.book = new LiveBook(ports, calm, () => {
      const [topic] = this.#bookTopics();
      if (topic !== undefined) this.#socket.askState(topic);
    });
    this.page.subscribe(() => this.#subscribe());
    this.replay = new ReplayControl(
      ports, this.#api, soon, (before, now) => this.#replayChanged(before, now), (problem) => this.#notify(problem),
    );
    this.link = new Store<LinkStatus>(
      { state: 'stopped', attempt: 0, retryAtMs: null, roundTripMs: null, opened: 0, reason: '' }, soon,
    );
    this.feed = new Store<readonly FeedEvent[]>([], calm);
    this.notices = new Store<readonly Notice[]>([], soon);
    this.symbols = new Store<readonly string[]>([], soon);
  }

  start(): void {
    this.#subscribe();
    this.#socket.start();
    this.platform.start();
    this.replay.start();
    this.replay.replay.subscribe(() => {
      if (this.replay.replay.get().state === 'failed') this.#selectFirst();
    });
    this.#askSymbols();
  }

  stop(): void {
    this.#stopped = true;
    this.#socket.stop();
    this.platform.stop();
    this.pages.stop();
    this.replay.stop();
  }

  select(symbol: string): void {
    this.market.select(symbol);
    this.#subscribe();
    this.pages.symbolChanged();
  }

  dismiss(key: number): void {
    this.notices.update((notices) => notices.filter((notice) => notice.key !== key));
  }

  /** Books are many messages: they come while somebody looks at them. */
  #bookTopics(): readonly string[] {
    const symbol = this.market.symbol.get();
    return symbol === null || this.page.get() !== 'book' ? [] : [topics.marketData.level2.of(symbol)];
  }

  #subscribe(): void {
    const books = this.#bookTopics();
    this.book.begin(books.length === 0 ? null : this.market.symbol.get());
    this.#socket.setTopics([...feedTopics, ...this.market.topics, ...books]);
  }

  #take(frame: Frame): void {
    if (matches(topics.marketData.level2.all, frame.topic)) {
      this.book.take(frame);
      return;
    }
    if (frame.messageType === 'gap') {
      this.market.missed(frame.topic);
      return;
    }
    if (frame.messageType === 'error') {
      this.#notify({
        title: 'The websocket engine refused a request', detail: wordsOf(frame.data), status: 0, requestId: null, retryAfterMs: null,
      });
      return;
    }
    if (frame.messageType === 'welcome') {
      this.connectionId.set(isRecord(frame.data) ? text(frame.data['connection_id']) : null);
      return;
    }
    if (frame.skipped > 0) this.market.missed(frame.topic);
    if (!carriesData(frame) || this.market.take(frame)) return;
    const event = feedEventOf(frame, this.#ports.now());
    if (event !== undefined) this.#log(event);
  }

  #linkChanged(status: LinkStatus): void {
    const before = this.link.get();
    this.link.set(status);
    // In the feed a loss of the connection stands among market events, so it bears their time.
    const atMs = this.market.clock.get() ?? this.#ports.now();
    if (status.state === 'open' && before.state !== 'open') {
      if (status.opened > 1) {
        this.#log({ atMs, tone: 'good', kind: 'link', symbol: null, text: 'connection restored' });
        this.market.reconnected();
        this.platform.refresh();
        this.replay.refresh();
        this.pages.refresh();
      }
    } else if (before.state === 'open' && status.state === 'waiting') {
      this.book.begin(this.market.symbol.get());
      this.#log({ atMs, tone: 'critical', kind: 'link', symbol: null, text: `connection lost: ${status.reason}` });
    }
  }

  #replayChanged(before: ReplayState | undefined, now: ReplayState): void {
    const clock = this.market.clock.get();
    this.market.seekingTo(now.phase === 'seeking' ? now.positionMs : null);
    // A message of a new run has usually rewound the view already; this catches a replay that is paused after a seek.
    if (wentBack(before?.positionMs ?? null, now.positionMs) && wentBack(clock, now.positionMs) && now.positionMs !== null) {
      this.market.rewind(now.positionMs);
    } else if (now.positionMs !== null) this.market.advance(now.positionMs);
    this.#selectFirst();
  }

  /**
   * Waits for the replay's answer, good or bad: without its position, stored results that lie ahead of it could not be
   * told from those already reached.
   */
  #selectFirst(): void {
    const replay = this.replay.replay.get();
    if (this.market.symbol.get() !== null || replay.state === 'loading') return;
    const first = this.#asked ?? valueOf(replay)?.symbols[0] ?? this.symbols.get()[0];
    if (first !== undefined) this.select(first);
  }

  #askSymbols(): void {
    void this.#api.get('/api/marketdata/symbols').then((body) => {
      this.symbols.set(readSymbols(body) ?? []);
      this.#selectFirst();
    }).catch(() => {
      if (!this.#stopped) this.#ports.after(symbolsRetryMs, () => this.#askSymbols());
    });
  }

  #log(event: NewFeedEvent): void {
    this.#key += 1;
    const entry = { ...event, key: this.#key };
    this.feed.update((events) => withEvent(events, entry, feedLimit));
  }

  #notify(problem: Problem): void {
    this.#key += 1;
    const notice = { key: this.#key, problem };
    this.notices.update((notices) => [...notices, notice].slice(-noticeLimit));
  }
}

function wordsOf(data: unknown): string {
  const fields = isRecord(data) ? data : {};
  return text(fields['detail']) ?? text(fields['message']) ?? JSON.stringify(data);
}
