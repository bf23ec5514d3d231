import { Counter, type Registry } from 'prom-client';
import { PlainHistogram, type HistogramChild } from '../plain-histogram.ts';

const BUCKETS = [0.0005, 0.001, 0.002, 0.0035, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** The summary in `/health` looks at this many of the newest answers. */
const SAMPLES = 1024;
const SUMMARY_EVERY_MS = 1_000;
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']);

/** `performance_stats` of `/health`. */
export interface PerformanceStats {
  readonly requestsTotal: number;
  readonly averageMs: number;
  readonly p95Ms: number;
  readonly errorsTotal: number;
}

/** Counts answered requests. Averages and percentiles are of the newest 1024. */
export class HttpMetrics {
  readonly rateLimited: Counter;
  readonly #total: HistogramChild;
  readonly #byRoute: PlainHistogram;
  readonly #monotonic: () => number;
  readonly #samples = new Float64Array(SAMPLES);
  #requests = 0;
  #errors = 0;
  #summary: { readonly at: number; readonly averageMs: number; readonly p95Ms: number } | undefined;

  constructor(registry: Registry, monotonic: () => number) {
    this.#monotonic = monotonic;
    const total = new PlainHistogram('http_request_duration_seconds', 'Time to answer, all routes but probes and metrics.', BUCKETS);
    this.#byRoute = new PlainHistogram('nautilus_http_request_duration_seconds', 'Time to answer, by route.', BUCKETS);
    registry.registerMetric(total.asMetric());
    registry.registerMetric(this.#byRoute.asMetric());
    this.#total = total.child('', {});
    this.rateLimited = new Counter({ name: 'nautilus_rate_limited_total', help: 'Requests answered 429.', registers: [registry] });
  }

  /** `route` is a template, never a raw path. `counted` is false for probes and metrics. */
  observe(method: string, route: string, status: number, milliseconds: number, counted: boolean): void {
    const verb = METHODS.has(method) ? method : 'other';
    const key = `${verb} ${route} ${status}`;
    const child = this.#byRoute.existing(key) ?? this.#byRoute.child(key, { method: verb, route, status: String(status) });
    child.observe(milliseconds / 1000);
    if (!counted) return;
    this.#total.observe(milliseconds / 1000);
    this.#samples[this.#requests % SAMPLES] = milliseconds;
    this.#requests += 1;
    if (status >= 500) this.#errors += 1;
  }

  /** Undefined before the first answer. */
  summary(): PerformanceStats | undefined {
    if (this.#requests === 0) return undefined;
    const now = this.#monotonic();
    if (this.#summary === undefined || now - this.#summary.at >= SUMMARY_EVERY_MS) {
      const sorted = this.#samples.slice(0, Math.min(this.#requests, SAMPLES)).sort();
      const rank = Math.ceil(0.95 * sorted.length) - 1;
      this.#summary = { at: now, averageMs: sorted.reduce((sum, value) => sum + value, 0) / sorted.length, p95Ms: sorted[rank] as number };
    }
    const { averageMs, p95Ms } = this.#summary;
    return { requestsTotal: this.#requests, averageMs, p95Ms, errorsTotal: this.#errors };
  }
}
