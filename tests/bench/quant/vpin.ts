import { normalProbability, SeededRandom, vpinBatch, VpinStream, type TradeSeries } from '@nautilus/quant';
import type { Case, Outcome } from '../report.ts';
import { medianRatio, perSecond, spread, times } from '../statistics.ts';
import { cpuMilliseconds, deviation, within } from './series.ts';

const TRADES = 500_000;
const DAYS = 5;
const DAY_MS = 86_400_000;
const BAR_MS = 60_000;
const BUCKETS_PER_DAY = 50;
const SAMPLE = 50;

const at = (values: Float64Array, i: number): number => values[i] ?? NaN;

function tradesOf(seed: number): TradeSeries {
  const random = new SeededRandom(seed);
  const timesMs = Float64Array.from({ length: TRADES }, () => 1_700_006_400_000 + random.uniform() * DAYS * DAY_MS).sort();
  let price = 100;
  const prices = Float64Array.from({ length: TRADES }, () => (price += 0.01 * random.normal()));
  return { timesMs, prices, sizes: Float64Array.from({ length: TRADES }, () => 1 + random.below(500)) };
}

/** Control: minute bars, their deviation, buckets and averages in plain loops, for days that all have trades. */
function plainVpin({ timesMs, prices, sizes }: TradeSeries): { readonly values: Float64Array; readonly sigma: number; readonly bucketVolume: number } {
  const start = Math.floor(at(timesMs, 0) / BAR_MS) * BAR_MS;
  const count = Math.floor((at(timesMs, TRADES - 1) - start) / BAR_MS) + 1;
  const [volume, first, last] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  let total = 0;
  for (let i = 0; i < TRADES; i++) {
    const bar = Math.floor((at(timesMs, i) - start) / BAR_MS);
    if (at(volume, bar) === 0) first[bar] = at(prices, i);
    last[bar] = at(prices, i);
    volume[bar] = at(volume, bar) + at(sizes, i);
    total += at(sizes, i);
  }
  let [mean, squares] = [0, 0];
  for (let bar = 0; bar < count; bar++) mean += (at(last, bar) - at(first, bar)) / count;
  for (let bar = 0; bar < count; bar++) squares += (at(last, bar) - at(first, bar) - mean) ** 2;
  const sigma = Math.sqrt(squares / (count - 1));
  const bucketVolume = total / DAYS / BUCKETS_PER_DAY;
  const imbalances: number[] = [];
  let [bought, sold, filled] = [0, 0, 0];
  for (let bar = 0; bar < count; bar++) {
    const share = normalProbability((at(last, bar) - at(first, bar)) / sigma);
    for (let left = at(volume, bar); left > 0; ) {
      const part = Math.min(left, bucketVolume - filled);
      bought += part * share;
      sold += part * (1 - share);
      filled += part;
      left -= part;
      if (filled < bucketVolume * (1 - 1e-12)) continue;
      imbalances.push(Math.abs(bought - sold));
      bought = sold = filled = 0;
    }
  }
  const values = Float64Array.from(imbalances, (_, i) => {
    if (i < SAMPLE - 1) return NaN;
    let sum = 0;
    for (let k = i - SAMPLE + 1; k <= i; k++) sum += imbalances[k] ?? NaN;
    return sum / (SAMPLE * bucketVolume);
  });
  return { values, sigma, bucketVolume };
}

const trades = tradesOf(1);

function streamed(bucketVolume: number, frozenSigma: number): (number | null)[] {
  const stream = new VpinStream({ bucketVolume, frozenSigma, sampleLength: SAMPLE, smartSizing: false });
  const values: (number | null)[] = [];
  const { timesMs, prices, sizes } = trades;
  for (let i = 0; i < TRADES; i++) for (const { vpin } of stream.update(at(timesMs, i), at(prices, i), at(sizes, i)).closed) values.push(vpin);
  for (const { vpin } of stream.advance(at(timesMs, TRADES - 1) + DAY_MS)) values.push(vpin);
  return values;
}

const rate = (work: () => void): number => (TRADES / cpuMilliseconds(work)) * 1000;

async function measure(runs: number): Promise<Outcome> {
  const { values: expected, sigma, bucketVolume } = plainVpin(trades);
  const compared = expected.subarray(0, DAYS * BUCKETS_PER_DAY - 1);
  const numbers = (values: readonly (number | null)[]): Float64Array => Float64Array.from(values, (value) => value ?? NaN);
  const batch = (): readonly (number | null)[] => vpinBatch(trades, { bucketsPerDay: BUCKETS_PER_DAY, sampleLength: SAMPLE }).buckets.vpin;
  const batchAgreement = within(deviation(numbers(batch()), compared, 1e-3, 'batch VPIN'), 1e-9, 'batch VPIN');
  const streamAgreement = within(deviation(numbers(streamed(bucketVolume, sigma)), compared, 1e-3, 'streamed VPIN'), 1e-9, 'streamed VPIN');
  const batchRates: number[] = [];
  const streamRates: number[] = [];
  const plainRates: number[] = [];
  for (let run = 0; run < runs; run++) {
    batchRates.push(rate(batch));
    streamRates.push(rate(() => streamed(bucketVolume, sigma)));
    plainRates.push(rate(() => plainVpin(trades)));
  }
  const [batchRatio, streamRatio] = [medianRatio(batchRates, plainRates), medianRatio(streamRates, plainRates)];
  const control = `control: minute bars, buckets and averages in plain loops over columns in order, ${spread(plainRates, perSecond)}`;
  const method = `${TRADES.toLocaleString('en-US')} trades on ${DAYS} days, ${BUCKETS_PER_DAY} buckets a day, trades per CPU second`;
  return {
    findings: [
      { claim: 'VPIN as trades arrive, one core (no goal set)', measured: spread(streamRates, perSecond), ratio: times(streamRatio), method: `${method}; ${control}; ${streamAgreement}`, verdict: 'met' },
      { claim: 'VPIN of a finished set of trades, one core (no goal set)', measured: spread(batchRates, perSecond), ratio: times(batchRatio), method: `${method}; checks and sorts included; the same control; ${batchAgreement}`, verdict: 'met' },
    ],
    gates: [
      { name: 'VPIN stream / plain loops, trades per second', ratio: streamRatio, atLeast: 0.08 },
      { name: 'VPIN batch / plain loops, trades per second', ratio: batchRatio, atLeast: 0.2 },
    ],
  };
}

export const vpin: Case = { name: 'VPIN', measure };
