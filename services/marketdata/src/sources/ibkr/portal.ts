import type { EpochMs } from '@nautilus/model';
import type { SourcePorts } from '../ports.ts';
import type { BarRecord, QuoteRecord } from '../records.ts';
import { SourceError, type CallOptions, type Source, type SourceAnswer } from '../source.ts';
import { chooseContract, type Contract, type ContractFilter, type Instrument } from './contracts.ts';
import { wantsAccountsFirst } from './definition.ts';
import { QUOTE_FIELDS } from './fields.ts';
import { Gate } from './gate.ts';
import { archiveEndpoint, barsOf, historyEndpoint, type HistoryParameters, type HistoryRecord } from './history.ts';
import { accountsEndpoint, authStatusEndpoint, openSessionEndpoint, tickleEndpoint, type SessionRecord } from './session.ts';
import { quoteOf, snapshotEndpoint, type SnapshotRecord } from './snapshot.ts';
import { stocksEndpoint } from './stocks.ts';

/** The gateway answers 429 to a sixth one. */
const HISTORIES_AT_ONCE = 5;
const SNAPSHOT_CALLS = 8;
const SNAPSHOT_PAUSE_MS = 400;

export interface PortalStatus {
  /** Null before the gateway was asked. */
  readonly session: SessionRecord | null;
  readonly checkedAt: EpochMs | null;
}

export interface Chosen {
  readonly instrument: Instrument;
  readonly contract: Contract;
}

export interface HistoryWish extends Omit<HistoryParameters, 'conid'> {
  readonly filter?: ContractFilter;
}

/** The gateway's habits: a session that must be kept up, accounts first, a first call that only subscribes. */
export class Portal {
  readonly source: Source;
  readonly #ports: Pick<SourcePorts, 'now' | 'delay'>;
  readonly #histories = new Gate(HISTORIES_AT_ONCE);
  #status: PortalStatus = { session: null, checkedAt: null };
  #accountsAsked = false;

  constructor(source: Source, ports: Pick<SourcePorts, 'now' | 'delay'>) {
    this.source = source;
    this.#ports = ports;
  }

  get status(): PortalStatus {
    return this.#status;
  }

  /**
   * Looks at the session and opens it where the user has logged in. Nobody else's session is taken over unless `compete`.
   * The login itself is done by the user in a browser: no program can or should do it.
   */
  async connect(compete = false, options: CallOptions = {}): Promise<SessionRecord> {
    this.#accountsAsked = false;
    let session = this.#noted(await this.#one(authStatusEndpoint, {}, options));
    if (!session.authenticated && session.connected) session = this.#noted(await this.#one(openSessionEndpoint, { compete }, options));
    return session;
  }

  /** Due every minute, or the gateway ends the session. */
  async keepAlive(options: CallOptions = {}): Promise<SessionRecord> {
    return this.#noted(await this.#one(tickleEndpoint, {}, options));
  }

  /** @throws SourceError `not_found` for an unknown ticker, `bad_request` for one of several contracts */
  async contract(symbol: string, filter: ContractFilter = {}, options: CallOptions = {}): Promise<Chosen> {
    const { records } = await this.source.call(stocksEndpoint, { symbols: [symbol] }, options);
    const choice = chooseContract(records.filter((instrument) => instrument.symbol === symbol), filter);
    if (choice.found === 'one') return choice;
    if (choice.found === 'none') throw new SourceError('ibkr', { fault: 'not_found', message: `no contract ${symbol} passes the filter` });
    throw new SourceError('ibkr', { fault: 'bad_request', message: `${symbol} is ${choice.contracts.length} contracts: ${choice.contracts.map(({ conid, exchange }) => `${conid} on ${exchange}`).join(', ')}` });
  }

  /** Of those symbols that are one contract each, in one question. */
  async contracts(symbols: readonly string[], options: CallOptions = {}): Promise<ReadonlyMap<string, Chosen>> {
    const { records } = await this.source.call(stocksEndpoint, { symbols }, options);
    return new Map(symbols.flatMap((symbol) => {
      const choice = chooseContract(records.filter((instrument) => instrument.symbol === symbol), {});
      return choice.found === 'one' ? [[symbol, choice]] : [];
    }));
  }

  /** What the gateway wants to be asked once a session before it gives quotes. */
  async prepare(options: CallOptions = {}): Promise<void> {
    if (!this.#accountsAsked) await this.#askAccounts(options);
  }

  async quote(symbol: string, filter: ContractFilter = {}, options: CallOptions = {}): Promise<SourceAnswer<QuoteRecord>> {
    const chosen = await this.contract(symbol, filter, options);
    const answer = await this.#snapshot(chosen.contract.conid, options);
    return { ...answer, records: answer.records.map((record) => quoteOf(symbol, isUsStock(chosen), record)) };
  }

  /** Bars in shares, ascending. The archive is asked when the first service is down. */
  async bars(symbol: string, { filter = {}, ...wish }: HistoryWish, options: CallOptions = {}): Promise<SourceAnswer<BarRecord>> {
    const chosen = await this.contract(symbol, filter, options);
    const answer = await this.#histories.through(() => this.#history({ ...wish, conid: chosen.contract.conid }, options));
    return { ...answer, records: answer.records.flatMap((record) => barsOf(symbol, isUsStock(chosen), record)) };
  }

  async #snapshot(conid: number, options: CallOptions): Promise<SourceAnswer<SnapshotRecord>> {
    for (let call = 1; call <= SNAPSHOT_CALLS; call += 1) {
      const answer = await this.#afterAccounts(() => this.source.call(snapshotEndpoint, { conids: [conid], fields: QUOTE_FIELDS }, options), options);
      if (answer.records[0]?.isReady === true) return answer;
      await this.#ports.delay(SNAPSHOT_PAUSE_MS, options.signal);
      options.signal?.throwIfAborted();
    }
    throw new SourceError('ibkr', { fault: 'unavailable', message: `no field of ${conid} in ${SNAPSHOT_CALLS} snapshots` });
  }

  async #history(parameters: HistoryParameters, options: CallOptions): Promise<SourceAnswer<HistoryRecord>> {
    try {
      return await this.source.call(historyEndpoint, parameters, options);
    } catch (error) {
      if (faultOf(error) !== 'unavailable') throw error;
    }
    try {
      return await this.source.call(archiveEndpoint, parameters, options);
    } catch (error) {
      // By design the first call of a session opens the archive and finds nothing.
      if (faultOf(error) !== 'not_found') throw error;
      return await this.source.call(archiveEndpoint, parameters, { ...options, renew: true });
    }
  }

  async #afterAccounts<T>(work: () => Promise<T>, options: CallOptions): Promise<T> {
    await this.prepare(options);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SourceError) || !wantsAccountsFirst(error.message)) throw error;
      await this.#askAccounts(options);
      return await work();
    }
  }

  async #askAccounts(options: CallOptions): Promise<void> {
    await this.source.call(accountsEndpoint, {}, options);
    this.#accountsAsked = true;
  }

  async #one<P>(endpoint: Parameters<typeof this.source.call<P, SessionRecord>>[0], parameters: P, options: CallOptions): Promise<SessionRecord> {
    const [session] = (await this.source.call(endpoint, parameters, options)).records;
    if (session === undefined) throw new SourceError('ibkr', { fault: 'malformed', message: 'no session in the answer' });
    return session;
  }

  #noted(session: SessionRecord): SessionRecord {
    if (!session.authenticated) this.#accountsAsked = false;
    this.#status = { session, checkedAt: this.#ports.now() };
    return session;
  }
}

export function isUsStock({ instrument, contract }: Chosen): boolean {
  return instrument.assetClass === 'STK' && contract.isUs === true;
}

function faultOf(error: unknown): string | undefined {
  return error instanceof SourceError ? error.fault : undefined;
}
