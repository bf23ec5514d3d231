import { InvalidInputError, nsFromMs, type EpochMs, type Quote, type Trade } from '@nautilus/model';
import { SeededRandom } from '@nautilus/quant';

export interface SimulationParameters {
  readonly symbol: string;
  readonly seed: number;
  readonly opensAtMs: EpochMs;
  readonly closesAtMs: EpochMs;
  readonly startPrice: number;
  /** Mean over the session. */
  readonly tradesPerMinute: number;
  /** A year, as a fraction; the variance that GARCH returns to. */
  readonly volatility: number;
  /** A year, as a fraction. */
  readonly drift: number;
  /** Weight of the last squared return, and of the last variance; their sum is below 1. */
  readonly alpha: number;
  readonly beta: number;
  readonly tickSize: number;
}

export const SIMULATOR = 'simulator';
const MINUTE_MS = 60_000;
/** Of regular New York sessions: 390 minutes on 252 days. */
const MINUTES_A_YEAR = 98_280;
/** Trades are this much more frequent at both ends of the session than in its middle: 0.6 … 1.8 of the mean. */
const RATE = { middle: 0.6, ends: 1.8 };
/** Of the logarithm of a size in shares. */
const SIZE = { mean: 4.6, deviation: 0.9 };
const MOST_TICKS = 3;

type SimulatedEvent = { readonly type: 'quote'; readonly event: Quote } | { readonly type: 'trade'; readonly event: Trade };

/** @throws InvalidInputError for numbers that give no price process */
export function checkSimulation({ opensAtMs, closesAtMs, startPrice, tradesPerMinute, volatility, drift, alpha, beta, tickSize }: SimulationParameters): void {
  const problems = [
    [closesAtMs > opensAtMs, 'session', 'must end after it begins'], [startPrice > MOST_TICKS * tickSize && startPrice < Infinity, 'start_price', `must be above ${MOST_TICKS} ticks`],
    [tradesPerMinute > 0 && tradesPerMinute <= 10_000, 'trades_per_minute', 'must be above 0 and at most 10,000'], [volatility > 0 && volatility <= 5, 'volatility', 'must be above 0 and at most 5'],
    [Number.isFinite(drift), 'drift', 'must be a number'], [alpha >= 0 && beta >= 0 && alpha + beta < 1, 'alpha, beta', 'must not be negative, and their sum below 1'], [tickSize > 0, 'tick_size', 'must be above 0'],
  ] as const;
  const wrong = problems.filter(([holds]) => !holds).map(([, path, message]) => ({ path, message }));
  if (wrong.length > 0) throw new InvalidInputError(wrong);
}

/**
 * One session of a made-up instrument, the same for the same parameters. The log price is a Brownian motion whose variance
 * a minute follows GARCH(1,1) (Bollerslev 1986); trades come as a Poisson process with a rate that is high at the opening and
 * at the close, drawn by thinning (Lewis & Shedler 1979); each is preceded by the quote it meets, one to three ticks wide, and
 * happens at one of its sides; sizes are log-normal. Everything is marked `simulated`.
 */
export function* simulateSession(parameters: SimulationParameters): Generator<SimulatedEvent, void, undefined> {
  checkSimulation(parameters);
  const { symbol, seed, opensAtMs, closesAtMs, startPrice, tradesPerMinute, tickSize } = parameters;
  const random = new SeededRandom(seed);
  const path = new PricePath(startPrice, opensAtMs, parameters, random);
  const price = (ticks: number): number => Number((ticks * tickSize).toPrecision(12));
  // Rising from session to session.
  let seq = opensAtMs * 1_000;
  const common = (timeMs: number) => ({
    symbol, venue: '', ts_event_ns: nsFromMs(timeMs), ts_ingest_ns: nsFromMs(timeMs), seq: (seq += 1), source: SIMULATOR, provenance: 'simulated' as const, run_id: null, exchange: '', condition: '', suspicious: false,
  });
  for (let timeMs = nextArrival(opensAtMs); timeMs < closesAtMs; timeMs = nextArrival(timeMs)) {
    const middle = path.at(timeMs) / tickSize;
    const width = 1 + random.below(MOST_TICKS);
    const bidTicks = Math.max(1, Math.round(middle - width / 2));
    const [bid, ask] = [price(bidTicks), price(bidTicks + width)];
    yield { type: 'quote', event: { ...common(timeMs), bid, bid_size: sizeOf(random), ask, ask_size: sizeOf(random) } };
    yield { type: 'trade', event: { ...common(timeMs), price: random.uniform() < 0.5 ? bid : ask, size: sizeOf(random) } };
  }

  function nextArrival(afterMs: number): number {
    const largest = (tradesPerMinute * RATE.ends) / MINUTE_MS;
    let timeMs = afterMs;
    do timeMs += random.exponential() / largest;
    while (timeMs < closesAtMs && random.uniform() * RATE.ends > rateAt((timeMs - opensAtMs) / (closesAtMs - opensAtMs)));
    return timeMs;
  }
}

/** Over the mean of the session, whose mean is 1: a parabola with its lowest point in the middle. */
function rateAt(share: number): number {
  return RATE.middle + (RATE.ends - RATE.middle) * (2 * share - 1) ** 2;
}

const sizeOf = (random: SeededRandom): number => Math.max(1, Math.round(Math.exp(SIZE.mean + SIZE.deviation * random.normal())));

/** The price at rising times. */
class PricePath {
  readonly #random: SeededRandom;
  readonly #longRun: number;
  readonly #driftPerMinute: number;
  readonly #weights: { readonly alpha: number; readonly beta: number };
  #variance: number;
  #minuteReturn = 0;
  #minuteEndsMs: number;
  #timeMs: number;
  #logPrice: number;

  constructor(startPrice: number, fromMs: number, { volatility, drift, alpha, beta }: SimulationParameters, random: SeededRandom) {
    this.#random = random;
    this.#longRun = volatility ** 2 / MINUTES_A_YEAR;
    this.#driftPerMinute = (drift - volatility ** 2 / 2) / MINUTES_A_YEAR;
    this.#weights = { alpha, beta };
    this.#variance = this.#longRun;
    this.#logPrice = Math.log(startPrice);
    this.#timeMs = fromMs;
    this.#minuteEndsMs = fromMs + MINUTE_MS;
  }

  at(timeMs: number): number {
    while (timeMs >= this.#minuteEndsMs) {
      this.#move(this.#minuteEndsMs);
      const { alpha, beta } = this.#weights;
      this.#variance = this.#longRun * (1 - alpha - beta) + alpha * this.#minuteReturn ** 2 + beta * this.#variance;
      this.#minuteReturn = 0;
      this.#minuteEndsMs += MINUTE_MS;
    }
    this.#move(timeMs);
    return Math.exp(this.#logPrice);
  }

  #move(toMs: number): void {
    const minutes = (toMs - this.#timeMs) / MINUTE_MS;
    if (minutes <= 0) return;
    const shock = Math.sqrt(this.#variance * minutes) * this.#random.normal();
    this.#minuteReturn += shock;
    this.#logPrice += this.#driftPerMinute * minutes + shock;
    this.#timeMs = toMs;
  }
}
