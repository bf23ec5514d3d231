import type { Counter, Gauge, Histogram } from 'prom-client';

/** Metrics are declared in the engine file with closed label sets; the registry is made per start. */
export type MetricDeclaration =
  | { readonly kind: 'counter' | 'gauge'; readonly name: string; readonly help: string; readonly labels?: readonly string[] }
  | { readonly kind: 'histogram'; readonly name: string; readonly help: string; readonly labels?: readonly string[]; readonly buckets: readonly number[] };

export type MetricDeclarations = Readonly<Record<string, MetricDeclaration>>;

export type MetricsOf<M extends MetricDeclarations> = {
  readonly [K in keyof M]: M[K]['kind'] extends 'counter' ? Counter : M[K]['kind'] extends 'gauge' ? Gauge : Histogram;
};
