import { readFile } from 'node:fs/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { ConflictError, NotFoundError, TransientError } from '@nautilus/model';

const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** As much of a pod as its users look at. */
export interface Pod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined until the pod has one. */
  readonly ip: string | undefined;
  /** Told to end; it may still answer. */
  readonly ending: boolean;
}

/** A lease as the API server keeps it (coordination.k8s.io/v1). */
export interface LeaseRecord {
  readonly holder: string | undefined;
  readonly renewedAtMs: number;
  readonly durationMs: number;
  readonly transitions: number;
  /** For optimistic locking: an update with an old one is refused. */
  readonly version: string;
}

/** What Nautilus asks of its own namespace. Every call rejects with TransientError while the API server is away. */
export interface Cluster {
  readonly namespace: string;
  /** `selector` as in `kubectl get pods --selector`. */
  pods(selector: string): Promise<readonly Pod[]>;
  /** Sets labels of one pod and leaves the others. Rejects with NotFoundError when the pod is gone. */
  labelPod(name: string, labels: Readonly<Record<string, string>>): Promise<void>;
  /** Undefined when there is none. */
  readLease(name: string): Promise<LeaseRecord | undefined>;
  /** Makes or replaces it. Rejects with ConflictError when somebody else was faster. */
  writeLease(name: string, lease: Omit<LeaseRecord, 'version'>, previousVersion: string | undefined): Promise<void>;
}

/**
 * The cluster that this process runs in, or the one that `configuration` describes. The client is large, so it is
 * loaded by this call and not before.
 */
export async function openCluster(configuration?: KubeConfig): Promise<Cluster> {
  const client = await import('./client.ts');
  const config = configuration ?? new client.KubeConfig();
  if (configuration === undefined) config.loadFromCluster();
  const namespace = configuration === undefined ? (await readFile(NAMESPACE_FILE, 'utf8')).trim() : 'default';
  const core = config.makeApiClient(client.CoreV1Api);
  const coordination = config.makeApiClient(client.CoordinationV1Api);
  const merge = client.setHeaderOptions('Content-Type', client.PatchStrategy.MergePatch);
  return {
    namespace,
    async pods(labelSelector) {
      const { items } = await asked(() => core.listNamespacedPod({ namespace, labelSelector }));
      return items.map(({ metadata, status }): Pod => ({
        name: metadata?.name ?? '', labels: metadata?.labels ?? {}, ip: status?.podIP, ending: metadata?.deletionTimestamp !== undefined,
      }));
    },
    async labelPod(name, labels) {
      await asked(() => core.patchNamespacedPod({ name, namespace, body: { metadata: { labels } } }, merge));
    },
    async readLease(name) {
      try {
        const { metadata, spec } = await asked(() => coordination.readNamespacedLease({ name, namespace }));
        return {
          holder: spec?.holderIdentity === '' ? undefined : spec?.holderIdentity,
          // Typed as a Date, but version 2.0.1 of the client leaves the text as the server sent it.
          renewedAtMs: spec?.renewTime === undefined ? 0 : new Date(spec.renewTime).getTime(),
          durationMs: (spec?.leaseDurationSeconds ?? 0) * 1_000,
          transitions: spec?.leaseTransitions ?? 0,
          version: metadata?.resourceVersion ?? '',
        };
      } catch (error) {
        if (error instanceof NotFoundError) return undefined;
        throw error;
      }
    },
    async writeLease(name, lease, previousVersion) {
      const body = {
        metadata: { name, ...(previousVersion === undefined ? {} : { resourceVersion: previousVersion }) },
        spec: {
          holderIdentity: lease.holder ?? '',
          renewTime: new client.V1MicroTime(lease.renewedAtMs),
          leaseDurationSeconds: Math.max(1, Math.round(lease.durationMs / 1_000)),
          leaseTransitions: lease.transitions,
        },
      };
      await asked(() => (previousVersion === undefined ? coordination.createNamespacedLease({ namespace, body }) : coordination.replaceNamespacedLease({ name, namespace, body })));
    },
  };
}

/** Turns the client's errors into ours, by what the caller has to do. */
async function asked<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
    if (code === 404) throw new NotFoundError('object', 'the cluster has no such object');
    if (code === 409) throw new ConflictError('the object was changed by somebody else');
    throw new TransientError(typeof code === 'number' ? `the API server answered ${code}` : 'the API server does not answer', { cause: error });
  }
}
