import { InvalidInputError } from '@nautilus/model';
import { absent, finite, type Figure } from './figures.ts';

export type FlowTiming = 'start' | 'end';

/** Value of a portfolio at the end of a day, and what owners paid in (above zero) or took out on it. */
export interface Valuation {
  readonly value: number;
  readonly flow: number;
}

export interface TimeWeightedReturn {
  /** One per valuation after the first; a reason where the period was closed. */
  readonly returns: readonly Figure[];
  /** ∏(1 + r) − 1 of each unbroken stretch, oldest first. More than one when `restarts` is not empty. */
  readonly stretches: readonly number[];
  /** Positions of valuations with which a new stretch begins: a value or a base of zero or less before them. */
  readonly restarts: readonly number[];
  /** Of the last stretch; `insufficient_history` without a return in it. */
  readonly total: Figure;
}

/**
 * Time-weighted return, chain-linked at every valuation. Flow at the start of the day: r_t = V_t/(V_{t−1} + F_t) − 1; at
 * the end: (V_t − F_t)/V_{t−1} − 1. The first valuation opens the account, its flow is not used. Where the base (V_{t−1}, or
 * V_{t−1} + F_t) is zero or less, or the period ends at zero or less, the stretch is closed there and restarted with the
 * next positive value.
 * @throws InvalidInputError for values or flows that are not finite
 */
export function timeWeightedReturn(valuations: readonly Valuation[], flowTiming: FlowTiming = 'start'): TimeWeightedReturn {
  valuations.forEach(({ value, flow }, i) => {
    if (!Number.isFinite(value) || !Number.isFinite(flow)) throw new InvalidInputError([{ path: `valuations.${i}`, message: 'value or flow is not a finite number' }]);
  });
  const returns: Figure[] = [];
  const stretches: number[] = [];
  const restarts: number[] = [];
  let growth: number | undefined;
  const close = (): void => {
    if (growth !== undefined) stretches.push(growth - 1);
    growth = undefined;
  };
  valuations.forEach(({ value, flow }, i) => {
    const before = valuations[i - 1];
    if (before === undefined) return;
    const base = flowTiming === 'start' ? before.value + flow : before.value;
    const end = flowTiming === 'start' ? value : value - flow;
    if (!(before.value > 0) || !(base > 0) || !(end > 0)) {
      returns.push(absent('negative_denominator'));
      close();
      if (value > 0) restarts.push(i);
      return;
    }
    returns.push(end / base - 1);
    growth = (growth ?? 1) * (end / base);
  });
  const last: Figure = growth === undefined ? absent('insufficient_history') : growth - 1;
  close();
  return { returns, stretches, restarts, total: last };
}

/** A flow at `time`, in the same unit as begin and end of the period; above zero is paid in. */
export interface TimedFlow {
  readonly time: number;
  readonly amount: number;
}

/**
 * Modified Dietz (Dietz 1966; Bacon 2008): (V₁ − V₀ − ΣF)/(V₀ + ΣF_i(T − t_i)/T). A base of zero or less gives
 * `negative_denominator`.
 * @throws InvalidInputError for flows outside the period, an end not after the begin, values that are not finite
 */
export function modifiedDietz(begin: TimedFlow, end: TimedFlow, flows: readonly TimedFlow[]): Figure {
  for (const { time, amount } of [begin, end, ...flows]) if (!Number.isFinite(time) || !Number.isFinite(amount)) throw new InvalidInputError([{ path: 'flows', message: 'time or amount is not a finite number' }]);
  const length = end.time - begin.time;
  if (!(length > 0)) throw new InvalidInputError([{ path: 'end.time', message: 'not after the begin' }]);
  let [total, weighted] = [0, 0];
  flows.forEach(({ time, amount }, i) => {
    if (time < begin.time || time > end.time) throw new InvalidInputError([{ path: `flows.${i}.time`, message: 'outside the period' }]);
    total += amount;
    weighted += (amount * (end.time - time)) / length;
  });
  const base = begin.amount + weighted;
  return base > 0 ? finite((end.amount - begin.amount - total) / base, 'negative_denominator') : absent('negative_denominator');
}
