/**
 * The measures of vpin-enhanced over a whole recording at once, as its formulas stand in the literature: lists and loops,
 * no windows, no running sums. What the streaming engine must arrive at.
 */

export interface RecordedTrade { readonly kind: 'trade'; readonly timeMs: number; readonly price: number; readonly size: number }
/** One side at a time, as recorded; null for the side that the update does not carry. */
export interface RecordedQuote { readonly kind: 'quote'; readonly timeMs: number; readonly bid: number | null; readonly bidSize: number | null; readonly ask: number | null; readonly askSize: number | null }
export type RecordedEvent = RecordedTrade | RecordedQuote;

export interface PlainMeasure { readonly value: number; readonly n?: number; readonly standardError?: number }

interface Cost { readonly timeMs: number; readonly price: number; readonly size: number; readonly sign: number; readonly mid: number; readonly effective: number; readonly later: readonly (number | undefined)[] }
interface Signed extends RecordedTrade { readonly tick: number; readonly lee: number; readonly mid: number | undefined }
interface Best { readonly bid: number; readonly bidSize: number; readonly ask: number; readonly askSize: number }

const MINUTE_MS = 60_000;
const STALE_MS = 10_000;
export const HORIZONS = [['5s', 5_000], ['60s', 60_000], ['300s', 300_000]] as const;

const total = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0);
const mean = (values: readonly number[]): number => total(values) / values.length;
const deviation = (values: readonly number[]): number => Math.sqrt(total(values.map((x) => (x - mean(values)) ** 2)) / (values.length - 1));

/** Φ by its series around 0; exact to rounding for |z| below 6. */
function normal(z: number): number {
  if (Math.abs(z) > 6) return z > 0 ? 1 : 0;
  let [term, sum] = [z, z];
  for (let k = 1; Math.abs(term) > 1e-18 * Math.abs(sum); k++) sum += term *= (z * z) / (2 * k + 1);
  return 0.5 + (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)) * sum;
}

function weighted(pairs: readonly (readonly [weight: number, value: number])[]): PlainMeasure {
  const weights = total(pairs.map(([w]) => w));
  const value = total(pairs.map(([w, x]) => w * x)) / weights;
  return { value, n: pairs.length, standardError: Math.sqrt(total(pairs.map(([w, x]) => (w * (x - value)) ** 2))) / weights };
}

function slope(pairs: readonly (readonly [x: number, y: number])[]): PlainMeasure {
  const [mx, my] = [mean(pairs.map(([x]) => x)), mean(pairs.map(([, y]) => y))];
  const xx = total(pairs.map(([x]) => (x - mx) ** 2));
  const value = total(pairs.map(([x, y]) => (x - mx) * (y - my))) / xx;
  const residual = total(pairs.map(([x, y]) => (y - my - value * (x - mx)) ** 2));
  return { value, n: pairs.length, standardError: Math.sqrt(residual / (pairs.length - 2) / xx) };
}

/** Events of each interval in order; intervals without one are left out. */
function intervals<T extends { readonly timeMs: number }>(events: readonly T[], lengthMs: number): readonly (readonly T[])[] {
  const groups = new Map<number, T[]>();
  for (const event of events) {
    const index = Math.floor(event.timeMs / lengthMs);
    groups.set(index, [...(groups.get(index) ?? []), event]);
  }
  return [...groups.values()];
}

/** `events` in the order in which they were sent. Throws nothing; the recording is taken as good. */
export function plainMicrostructure(events: readonly RecordedEvent[]): { readonly measures: Readonly<Record<string, PlainMeasure>>; readonly costs: readonly Cost[] } {
  const endMs = events.at(-1)?.timeMs ?? 0;
  const trades: Signed[] = [];
  const mids: { readonly timeMs: number; readonly mid: number | undefined; readonly spread: number }[] = [];
  const open: (Best & { readonly timeMs: number })[] = [];
  let book = { bid: 0, bidSize: 0, ask: 0, askSize: 0 };
  let [lastPrice, lastTick, lastQuoteMs] = [0, 0, -Infinity];
  for (const event of events) {
    if (event.kind === 'quote') {
      if (event.bid !== null) book = { ...book, bid: event.bid, bidSize: event.bidSize ?? 0 };
      if (event.ask !== null) book = { ...book, ask: event.ask, askSize: event.askSize ?? 0 };
      const valid = book.bid > 0 && book.bidSize > 0 && book.askSize > 0 && book.ask > book.bid;
      mids.push({ timeMs: event.timeMs, mid: valid ? (book.bid + book.ask) / 2 : undefined, spread: book.ask - book.bid });
      if (valid) open.push({ timeMs: event.timeMs, ...book });
      lastQuoteMs = event.timeMs;
    } else {
      lastTick = lastPrice === 0 ? 0 : Math.sign(event.price - lastPrice) || lastTick;
      lastPrice = event.price;
      const mid = event.timeMs - lastQuoteMs <= STALE_MS ? mids.at(-1)?.mid : undefined;
      trades.push({ ...event, tick: lastTick, lee: mid === undefined || event.price === mid ? lastTick : Math.sign(event.price - mid), mid });
    }
  }

  /** The mid that stands after all quotes up to each of the rising times. */
  const midsAt = (times: readonly number[]): readonly (number | undefined)[] => {
    let next = 0;
    return times.map((timeMs) => {
      while (next < mids.length && mids[next]!.timeMs <= timeMs) next += 1;
      return mids[next - 1]?.mid;
    });
  };
  const costed = trades.filter(({ mid, lee }) => mid !== undefined && lee !== 0) as (Signed & { readonly mid: number })[];
  const later = HORIZONS.map(([, horizonMs]) =>
    midsAt(costed.map(({ timeMs }) => timeMs + horizonMs)).map((mid, i) => (costed[i]!.timeMs + horizonMs < endMs ? mid : undefined)));
  const costs = costed.map(({ timeMs, price, size, lee, mid }, i): Cost => ({ timeMs, price, size, sign: lee, mid, effective: 2 * lee * (price - mid), later: later.map((column) => column[i]) }));
  const meanCost = (pick: (cost: Cost) => number | undefined): PlainMeasure =>
    weighted(costs.flatMap((cost) => {
      const value = pick(cost);
      return value === undefined ? [] : [[cost.price * cost.size, value] as const];
    }));

  const stood = mids.slice(0, -1).flatMap(({ timeMs, mid, spread }, i) => {
    const forMs = Math.min(mids[i + 1]!.timeMs - timeMs, STALE_MS);
    return mid === undefined || forMs <= 0 ? [] : [{ forMs, mid, spread }];
  });

  const minutes = intervals(trades, MINUTE_MS);
  // The last interval is still open.
  const regression = (groups: readonly (readonly Signed[])[], pair: (group: readonly Signed[], before: number) => readonly [number, number]): PlainMeasure =>
    slope(groups.slice(1, -1).map((group, i) => pair(group, groups[i]!.at(-1)!.price)));
  const changes = minutes.map((group) => group.at(-1)!.price - group[0]!.price);
  const bulk = minutes.slice(0, -1).flatMap((group, i) => {
    const sigma = i >= 30 ? deviation(changes.slice(0, i)) : 0;
    const volume = total(group.map(({ size }) => size));
    return sigma > 0 ? [{ bought: volume * normal(changes[i]! / sigma), volume, change: changes[i]!, lee: total(group.map(({ lee, size }) => lee * size)), tick: total(group.map(({ tick, size }) => tick * size)) }] : [];
  });
  const share = (same: number, n: number): PlainMeasure => ({ value: same / n, n, standardError: Math.sqrt(((same / n) * (1 - same / n)) / n) });
  const ofBulk = (rule: 'tick' | 'lee'): PlainMeasure => {
    const judged = bulk.filter(({ change, [rule]: flow }) => change !== 0 && flow !== 0);
    return share(judged.filter(({ change, [rule]: flow }) => change > 0 === flow > 0).length, judged.length);
  };

  const contributions = open.map((now, i) => {
    const last = open[i - 1];
    if (last === undefined) return { timeMs: now.timeMs, e: 0, mid: (now.bid + now.ask) / 2 };
    const bid = (now.bid >= last.bid ? now.bidSize : 0) - (now.bid <= last.bid ? last.bidSize : 0);
    const ask = (now.ask <= last.ask ? now.askSize : 0) - (now.ask >= last.ask ? last.askSize : 0);
    return { timeMs: now.timeMs, e: bid - ask, mid: (now.bid + now.ask) / 2 };
  });
  const flowMinutes = intervals(contributions, MINUTE_MS);

  const steps = open.filter(({ bid, ask }, i) => i === 0 || bid !== open[i - 1]!.bid || ask !== open[i - 1]!.ask);
  const lives = steps.slice(1).map(({ timeMs }, i) => timeMs - steps[i]!.timeMs);
  const fast = lives.filter((life) => life < 50).length;
  const sortedLives = lives.slice(-1_000).toSorted((a, b) => a - b);
  const middle = sortedLives.length / 2;

  const imbalance = (rule: 'tick' | 'lee'): PlainMeasure => ({ value: total(trades.map((trade) => trade[rule] * trade.size)) / total(trades.map((trade) => Math.abs(trade[rule]) * trade.size)) });
  const both = trades.filter(({ tick, lee }) => tick !== 0 && lee !== 0);
  const prices = trades.slice(-500).map(({ price }) => price);
  const moves = prices.slice(1).map((price, i) => price - prices[i]!);
  const [earlier, following] = [moves.slice(0, -1), moves.slice(1)];
  const covariance = total(earlier.map((x, i) => (x - mean(earlier)) * (following[i]! - mean(following)))) / (earlier.length - 1);
  const impact300 = meanCost(({ later: at, mid, sign }) => (at[2] === undefined ? undefined : 2 * sign * (at[2] - mid)));
  const effective = meanCost((cost) => cost.effective);

  const byHorizon = HORIZONS.flatMap(([name], h) => [
    [`realised_spread_${name}`, meanCost(({ later: at, price, sign }) => (at[h] === undefined ? undefined : 2 * sign * (price - at[h])))] as const,
    [`impact_${name}`, meanCost(({ later: at, mid, sign }) => (at[h] === undefined ? undefined : 2 * sign * (at[h] - mid)))] as const,
  ]);
  return {
    costs,
    measures: {
      ...Object.fromEntries(byHorizon),
      quoted_spread: weighted(stood.map(({ forMs, spread }) => [forMs, spread])),
      quoted_spread_bps: weighted(stood.map(({ forMs, spread, mid }) => [forMs, (1e4 * spread) / mid])),
      effective_spread: effective,
      effective_spread_bps: meanCost((cost) => (1e4 * cost.effective) / cost.mid),
      spread_toxicity: { value: Math.min(1, Math.max(0, impact300.value / effective.value)) },
      roll_spread: { value: 2 * Math.sqrt(-covariance), n: earlier.length },
      kyle_lambda: regression(minutes, (group, before) => [total(group.map(({ lee, size }) => lee * size)), group.at(-1)!.price - before]),
      hasbrouck_lambda: regression(intervals(trades, 5 * MINUTE_MS), (group, before) => [total(group.map(({ lee, price, size }) => lee * Math.sqrt(price * size))), Math.log(group.at(-1)!.price / before)]),
      flow_impact: slope(flowMinutes.slice(0, -1).map((group, i) => [total(group.map(({ e }) => e)), group.at(-1)!.mid - (flowMinutes[i - 1]?.at(-1) ?? group[0]!).mid] as const)),
      order_flow_imbalance: { value: total(contributions.map(({ e }) => e)) },
      trade_imbalance_tick: imbalance('tick'),
      trade_imbalance_lee_ready: imbalance('lee'),
      trade_imbalance_bulk: { value: total(bulk.map(({ bought, volume }) => 2 * bought - volume)) / total(bulk.map(({ volume }) => volume)) },
      agreement_tick_lee_ready: share(both.filter(({ tick, lee }) => tick === lee).length, both.length),
      agreement_bulk_lee_ready: ofBulk('lee'),
      agreement_tick_bulk: ofBulk('tick'),
      quote_to_trade: { value: mids.length / trades.length },
      fast_quote_share: share(fast, lives.length),
      median_quote_life_ms: { value: (sortedLives[Math.ceil(middle) - 1]! + sortedLives[Math.floor(middle)]!) / 2 },
    },
  };
}
