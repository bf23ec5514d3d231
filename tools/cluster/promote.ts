import type { Target } from './install.ts';
import { output, run } from './shell.ts';

export interface PromoteOptions extends Target {
  /** As in `engines.<name>` of the values: `websocket`, `vpinEnhanced`. */
  readonly engine: string;
  /** How far back is compared, as Prometheus writes it: `5m`. */
  readonly window: string;
  /** Address of the release's Prometheus. */
  readonly prometheus?: string;
}

/** What one group of pods did within the window; undefined where it answered nothing. */
export interface Conduct {
  readonly requests: number;
  readonly errorRate: number;
  readonly p95Seconds: number;
}

/** Fewer requests tell nothing. */
const LEAST_REQUESTS = 50;
/** Differences below these are noise. */
const ERROR_MARGIN = 0.001;
const LATENCY_MARGIN = 1.2;
const LATENCY_FLOOR_SECONDS = 0.005;

/** In what the canary is worse than stable; undefined when it is not. */
export function objection(stable: Conduct, canary: Conduct): string | undefined {
  if (canary.errorRate > stable.errorRate + ERROR_MARGIN) return `error rate ${percent(canary.errorRate)} against ${percent(stable.errorRate)}`;
  if (canary.p95Seconds > Math.max(LATENCY_FLOOR_SECONDS, stable.p95Seconds * LATENCY_MARGIN)) return `p95 ${milliseconds(canary.p95Seconds)} against ${milliseconds(stable.p95Seconds)}`;
  return undefined;
}

/** Makes the canary's image the stable one, or takes its traffic away when it is worse. True when it was promoted. */
export async function promote({ release, namespace, engine, window, prometheus = 'http://localhost:9090' }: PromoteOptions): Promise<boolean> {
  const values = JSON.parse(output('helm', 'get', 'values', release, '--namespace', namespace, '--all', '--output', 'json')) as {
    readonly image: { readonly tag: string };
    readonly engines: Readonly<Record<string, { readonly tags?: { readonly canary?: string } }>>;
  };
  const service = `${engine.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-engine`;
  const [stable, canary] = await Promise.all([conductOf(prometheus, `${release}-${service}-[^-]+-[^-]+`, window), conductOf(prometheus, `${release}-${service}-canary-.+`, window)]);
  console.log(`stable ${described(stable)}\ncanary ${described(canary)}`);
  if (stable === undefined || canary === undefined || canary.requests < LEAST_REQUESTS) {
    console.error(`not promoted: the canary answered fewer than ${LEAST_REQUESTS} requests within ${window}. It keeps its weight: ask again later, or raise it.`);
    return false;
  }
  const problem = objection(stable, canary);
  const key = `engines.${engine}`;
  const upgrade = (...settings: string[]): void => run('helm', 'upgrade', release, 'charts/nautilus', '--namespace', namespace, '--reuse-values', '--wait', '--timeout', '5m', ...settings);
  if (problem !== undefined) {
    console.error(`not promoted: ${problem}. The canary's weight is set to 0.`);
    upgrade('--set', `${key}.canaryWeight=0`);
    return false;
  }
  // First stable runs the new image and gets all requests, then the canary goes: somebody serves at all times.
  upgrade('--set-string', `${key}.tags.stable=${values.engines[engine]?.tags?.canary ?? values.image.tag}`, '--set', `${key}.canaryWeight=0`);
  upgrade('--set', `${key}.canaryReplicas=0`);
  console.log(`${engine} is promoted`);
  return true;
}

async function conductOf(prometheus: string, pods: string, window: string): Promise<Conduct | undefined> {
  const of = (metric: string, more = ''): string => `${metric}{job="nautilus-engines", pod=~"${pods}"${more}}`;
  const ask = async (expression: string): Promise<number | undefined> => {
    const response = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await response.json()) as { data: { result: readonly { value: readonly [number, string] }[] } };
    const value = Number(data.result[0]?.value[1]);
    return Number.isFinite(value) ? value : undefined;
  };
  const count = 'nautilus_http_request_duration_seconds_count';
  const [requests, errors, p95Seconds] = await Promise.all([
    ask(`sum(increase(${of(count)}[${window}]))`),
    ask(`sum(increase(${of(count, ', status=~"5.."')}[${window}]))`),
    ask(`histogram_quantile(0.95, sum by (le) (rate(${of('http_request_duration_seconds_bucket')}[${window}])))`),
  ]);
  if (requests === undefined || requests === 0 || p95Seconds === undefined) return undefined;
  return { requests, errorRate: (errors ?? 0) / requests, p95Seconds };
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
const milliseconds = (seconds: number): string => `${(seconds * 1_000).toFixed(1)} ms`;
const described = (conduct: Conduct | undefined): string =>
  conduct === undefined ? 'answered nothing' : `${Math.round(conduct.requests)} requests, ${percent(conduct.errorRate)} errors, p95 ${milliseconds(conduct.p95Seconds)}`;
