/** A stretch of the path: its growth, and highest, lowest and deepest fall relative to its own start at 1. */
interface Stretch {
  readonly growth: number;
  readonly high: number;
  readonly low: number;
  readonly drawdown: number;
}

const STILL: Stretch = { growth: 1, high: 1, low: 1, drawdown: 0 };

export interface RollingDrawdownState {
  /** Returns of the window, oldest first; null where one was missing. */
  readonly returns: readonly (number | null)[];
  /** How many of them, from the oldest, are held with the stretches behind them. */
  readonly turned: number;
}

/**
 * Max drawdown of the last `window` returns, amortised O(1): two stretches are joined without looking into them, so the
 * window is a queue of two stacks of joined stretches. The path starts at 1 before the oldest return of the window.
 */
export class RollingDrawdown {
  readonly #window: number;
  #front: Stretch[] = [];
  #back: Stretch = STILL;
  #held: number[] = [];
  #first = 0;

  constructor(window: number) {
    this.#window = window;
  }

  get full(): boolean {
    return this.#held.length - this.#first >= this.#window;
  }

  /** A missing return (NaN) moves nothing and takes a place. */
  add(value: number): void {
    if (this.full) {
      if (this.#front.length === 0) this.#turn();
      this.#front.pop();
      this.#first += 1;
    }
    this.#held.push(value);
    this.#back = joined(this.#back, stretchOf(value));
  }

  /** ≤ 0; 0 without returns. */
  lowest(): number {
    return joined(this.#front.at(-1) ?? STILL, this.#back).drawdown;
  }

  snapshot(): RollingDrawdownState {
    const held = this.#held.slice(this.#first);
    return { returns: held.map((r) => (r === r ? r : null)), turned: this.#front.length };
  }

  /** Continues bit for bit where the snapshot of an equal window was taken. */
  restore(state: RollingDrawdownState): void {
    this.#held = state.returns.map((r) => r ?? NaN);
    this.#first = 0;
    this.#front = [];
    for (let i = state.turned - 1; i >= 0; i--) this.#front.push(joined(stretchOf(this.#held[i] ?? NaN), this.#front.at(-1) ?? STILL));
    this.#back = this.#held.slice(state.turned).reduce<Stretch>((sum, r) => joined(sum, stretchOf(r)), STILL);
  }

  #turn(): void {
    this.#held = this.#held.slice(this.#first);
    this.#first = 0;
    for (let i = this.#held.length - 1; i >= 0; i--) this.#front.push(joined(stretchOf(this.#held[i] ?? NaN), this.#front.at(-1) ?? STILL));
    this.#back = STILL;
  }
}

function stretchOf(value: number): Stretch {
  if (value !== value) return STILL;
  const growth = 1 + value;
  return { growth, high: Math.max(1, growth), low: Math.min(1, growth), drawdown: Math.min(0, value) };
}

const joined = (a: Stretch, b: Stretch): Stretch => ({
  growth: a.growth * b.growth,
  high: Math.max(a.high, a.growth * b.high),
  low: Math.min(a.low, a.growth * b.low),
  drawdown: Math.min(a.drawdown, b.drawdown, (a.growth * b.low) / a.high - 1),
});
